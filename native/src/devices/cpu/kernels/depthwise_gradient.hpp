// How depthwise_kernels.cpp sums the gradient of the weights. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/depthwise_kernels.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

template <class T, int taps>
void add_gradient(const DepthwiseGradient<T>& g, std::int64_t first) {
    using V = typename Vector<T>::type;
    constexpr int lanes = Vector<T>::lanes;
    V sums[taps];
    std::int64_t offset[taps];
    CONVNET_UNROLL
    for (int t = 0; t < taps; ++t) {
        sums[t] = load(g.sums + (first + t) * lanes);
        offset[t] = g.taps[first + t].offset;
    }
    const std::int64_t whole = g.columns / lanes * lanes, rest = g.columns - whole;
    const auto inside = lanes_from<T>(0, 1) < typename Vector<T>::index{} + static_cast<int>(rest);
    for (std::int64_t r = 0; r < g.rows; ++r) {
        const T* const source = g.source + r * g.source_step;
        const T* const target = g.target + r * g.target_step;
        for (std::int64_t i = 0; i < whole; i += lanes) {
            const V factor = load(target + i);
            CONVNET_UNROLL
            for (int t = 0; t < taps; ++t) {
                sums[t] += factor * load(source + i + offset[t]);
            }
        }
        if (rest > 0) {
            // What lies behind the row must not get in, not even as zero times infinity.
            alignas(CONVNET_VECTOR_BYTES) T elements[lanes];
            const T* last = target + whole;
            if (g.target_end - last < lanes) {
                copy_some(last, rest, elements);
                last = elements;
            }
            const V factor = inside ? load(last) : V{};
            CONVNET_UNROLL
            for (int t = 0; t < taps; ++t) {
                const V value = load(source + whole + offset[t]);
                sums[t] += factor * (inside ? value : V{});
            }
        }
    }
    CONVNET_UNROLL
    for (int t = 0; t < taps; ++t) {
        store(g.sums + (first + t) * lanes, sums[t]);
    }
}

/// Adds lanes that are half of them apart until there is one.
template <class T>
CONVNET_INLINE T sum_of_lanes(typename Vector<T>::type v) {
    CONVNET_UNROLL
    for (int half = Vector<T>::lanes / 2; half > 0; half /= 2) {
        v += __builtin_shuffle(v, (lanes_from<T>(half, 1)) % Vector<T>::lanes);
    }
    return v[0];
}

template <class T>
void add_lanes(const T* sums, std::int64_t count, T* out) {
    for (std::int64_t i = 0; i < count; ++i) {
        out[i] += sum_of_lanes<T>(load(sums + i * Vector<T>::lanes));
    }
}

/// As many taps at a time as leave their sums in registers, in parts of about one size.
template <class T>
void add_gradient_any(const DepthwiseGradient<T>& g) {
    using AddGradient = void (*)(const DepthwiseGradient<T>&, std::int64_t);
    static constexpr AddGradient by_taps[] = {add_gradient<T, 1>, add_gradient<T, 2>, add_gradient<T, 3>,
                                              add_gradient<T, 4>, add_gradient<T, 5>, add_gradient<T, 6>,
                                              add_gradient<T, 7>, add_gradient<T, 8>, add_gradient<T, 9>};
    constexpr std::int64_t most = sizeof(by_taps) / sizeof(*by_taps);
    std::int64_t first = 0;
    for (std::int64_t parts = (g.tap_count + most - 1) / most; parts > 0; --parts) {
        const std::int64_t taps = (g.tap_count - first + parts - 1) / parts;
        by_taps[taps - 1](g, first);
        first += taps;
    }
}

}  // namespace
}  // namespace convnet::cpu
