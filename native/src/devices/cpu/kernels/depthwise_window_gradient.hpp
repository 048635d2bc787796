// How depthwise_kernels.cpp sums the gradient of the weights of windows. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/depthwise_kernels.hpp"
#include "devices/cpu/kernels/depthwise_windows.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// The lanes that are windows, of a vector that begins with window `column`: all from window `begin` on.
template <class T>
CONVNET_INLINE typename Vector<T>::index windows_from(const DepthwiseWindows<T>& w, std::int64_t column,
                                                      std::int64_t begin) {
    const auto window = lanes_from<T>(0, 1) + static_cast<int>(column);
    return (window >= static_cast<int>(begin)) & (window < static_cast<int>(w.columns));
}

/// Elements of the target that belong to `lanes`.
template <class T>
CONVNET_INLINE typename Vector<T>::type factors(const DepthwiseWindowsGradient<T>& g, const T* target,
                                                typename Vector<T>::index lanes) {
    if (g.windows.columns < Vector<T>::lanes && g.target_end - target < Vector<T>::lanes) {
        return only<T>(load_some(target, g.target_end - target), lanes);
    }
    return only<T>(load(target), lanes);
}

/// Of the rows of taps from `tap` on.
template <class T, int size, int step, int tap_rows, int rows, bool edge>
CONVNET_INLINE void add_gradient_block(const DepthwiseWindowsGradient<T>& g, const RowsLeft<T, const T>& at, int tap,
                                       typename Vector<T>::index windows,
                                       const typename Vector<T>::index (&lanes)[size],
                                       typename Vector<T>::type (&sums)[tap_rows][size], std::int64_t first,
                                       std::int64_t last) {
    using V = typename Vector<T>::type;
    V factor[rows];
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        factor[r] = factors(g, at.target + r * at.target_step, windows);
        fetch<T, 1>(at.target + r * at.target_step + g.ahead);
    }
    CONVNET_UNROLL
    for (int u = 0; u < (rows - 1) * step + tap_rows; ++u) {
        if (edge && (tap + u < first || tap + u >= last)) {
            continue;
        }
        V seen[size];
        const T* const source = row_of(at, tap + u);
        look<T, size, step>(source, lanes, seen);
        if (u < rows * step) {
            fetch<T, step>(source + g.windows.ahead);
        }
        CONVNET_UNROLL
        for (int r = 0; r < rows; ++r) {
            if (u >= r * step && u < r * step + tap_rows) {
                CONVNET_UNROLL
                for (int c = 0; c < size; ++c) {
                    sums[u - r * step][c] += factor[r] * seen[c];
                }
            }
        }
    }
}

template <class T, int size, int step, int tap_rows>
void add_gradient_columns(const DepthwiseWindowsGradient<T>& g, int tap) {
    constexpr int lanes = Vector<T>::lanes;
    const DepthwiseWindows<T>& w = g.windows;
    typename Vector<T>::type sums[tap_rows][size];
    T* const out = g.sums + tap * size * lanes;
    CONVNET_UNROLL
    for (int i = 0; i < tap_rows * size; ++i) {
        sums[i / size][i % size] = load(out + i * lanes);
    }
    for (std::int64_t i = 0; i < w.columns; i += lanes) {
        const std::int64_t column = w.columns - i >= lanes || w.columns < lanes ? i : w.columns - lanes;
        const auto windows = windows_from(w, column, i);
        typename Vector<T>::index inside[size];
        seeing<T, size, step>(w, column, inside);
        CONVNET_UNROLL
        for (int c = 0; c < size; ++c) {
            inside[c] &= windows;
        }
        RowsLeft<T, const T> at(w.inside, step, column, g.target + column, w.columns);
        for (; at.left >= 4; at.template next<step>(4)) {
            add_gradient_block<T, size, step, tap_rows, 4, false>(g, at, tap, windows, inside, sums, 0, size);
        }
        for (; at.left > 0; at.template next<step>(1)) {
            add_gradient_block<T, size, step, tap_rows, 1, false>(g, at, tap, windows, inside, sums, 0, size);
        }
        for (const auto& edge : w.edges) {
            at = RowsLeft<T, const T>(edge, step, column, g.target + column, w.columns);
            for (; at.left > 0; at.template next<step>(1)) {
                const std::int64_t row = (edge.end - at.left) * step;
                add_gradient_block<T, size, step, tap_rows, 1, true>(g, at, tap, windows, inside, sums, w.top - row,
                                                                     w.bottom - row);
            }
        }
    }
    CONVNET_UNROLL
    for (int i = 0; i < tap_rows * size; ++i) {
        store(out + i * lanes, sums[i / size][i % size]);
    }
}

/// As many rows of taps at a time as leave their sums in registers.
template <class T, int size, int step>
void add_gradient_windows(const DepthwiseWindowsGradient<T>& g) {
    constexpr int registers = CONVNET_VECTOR_BYTES == 64 ? 32 : 16;
    constexpr int tap_rows = size * size + 6 <= registers ? size : 1;
    CONVNET_UNROLL
    for (int tap = 0; tap < size; tap += tap_rows) {
        add_gradient_columns<T, size, step, tap_rows>(g, tap);
    }
}

template <class T>
void add_gradient_windows(const DepthwiseWindowsGradient<T>& g) {
    using AddGradient = void (*)(const DepthwiseWindowsGradient<T>&);
    static constexpr AddGradient by_size[2][2] = {{add_gradient_windows<T, 3, 1>, add_gradient_windows<T, 3, 2>},
                                                  {add_gradient_windows<T, 5, 1>, add_gradient_windows<T, 5, 2>}};
    by_size[g.windows.size / 5][g.windows.step - 1](g);
}

}  // namespace
}  // namespace convnet::cpu
