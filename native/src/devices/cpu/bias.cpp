#include "devices/cpu/bias.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"
#include "geometry/rectifier.hpp"

namespace convnet::cpu {
namespace {

// Elements that one thread handles before another wakes.
constexpr std::int64_t small = 1 << 15;

int most_threads(const BiasExtents& e) { return e.outer * e.channels * e.inner <= small ? 1 : ThreadPool::all_threads; }

// Eight partial sums, so that the additions overlap; their order follows from the extents alone.
template <class T>
T sum(const T* values, std::int64_t count) {
    constexpr std::int64_t lanes = 8;
    T partial[lanes] = {};
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            partial[lane] += values[i + lane];
        }
    }
    T total = 0;
    for (const T value : partial) {
        total += value;
    }
    for (; i < count; ++i) {
        total += values[i];
    }
    return total;
}

/// y = rectified(x + bias) for the elements of one channel.
template <class T>
void add_bias(const T* x, std::int64_t count, T bias, T slope, T* y) {
    if (slope == T{1}) {
        std::transform(x, x + count, y, [bias](T element) { return element + bias; });
        return;
    }
    std::transform(x, x + count, y, [bias, slope](T element) {
        const T sum = element + bias;
        return rectified(sum, sum, slope);
    });
}

}  // namespace

void add_bias(ThreadPool& pool, DataType type, const BiasExtents& e, const void* x, const void* bias, double slope,
              void* y) {
    // One task for each outer index, of channels * inner elements: tasks of one channel would be tiny when inner is 1.
    const auto task = [&](std::int64_t outer) {
        with_type(type, [&](auto zero) {
            using T = decltype(zero);
            const T* in = static_cast<const T*>(x) + outer * e.channels * e.inner;
            T* out = static_cast<T*>(y) + outer * e.channels * e.inner;
            const T* values = static_cast<const T*>(bias);
            for (std::int64_t channel = 0; channel < e.channels; ++channel, in += e.inner, out += e.inner) {
                add_bias(in, e.inner, values == nullptr ? T{0} : values[channel], static_cast<T>(slope), out);
            }
        });
    };
    pool.run(e.outer, task, most_threads(e));
}

void sum_bias(ThreadPool& pool, DataType type, const BiasExtents& e, const void* dy, void* gradient) {
    const auto task = [&](std::int64_t channel) {
        with_type(type, [&](auto zero) {
            using T = decltype(zero);
            T total = 0;
            for (std::int64_t outer = 0; outer < e.outer; ++outer) {
                total += sum(static_cast<const T*>(dy) + (outer * e.channels + channel) * e.inner, e.inner);
            }
            static_cast<T*>(gradient)[channel] += total;
        });
    };
    pool.run(e.channels, task, most_threads(e));
}

void rectify_gradient(ThreadPool& pool, DataType type, std::int64_t count, const void* y, const void* dy, double slope,
                      void* dx) {
    const auto task = [&](std::int64_t index) {
        with_type(type, [&](auto zero) {
            using T = decltype(zero);
            const std::int64_t begin = index * small, end = std::min(count, begin + small);
            const T *const top = static_cast<const T*>(y), *const gradient = static_cast<const T*>(dy);
            std::transform(
                top + begin, top + end, gradient + begin, static_cast<T*>(dx) + begin,
                [of = static_cast<T>(slope)](T element, T of_top) { return rectified(element, of_top, of); });
        });
    };
    pool.run(ceil_divide(count, small), task);
}

}  // namespace convnet::cpu
