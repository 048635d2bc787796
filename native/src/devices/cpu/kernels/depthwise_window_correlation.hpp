// How depthwise_kernels.cpp sums what windows see. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/depthwise_kernels.hpp"
#include "devices/cpu/kernels/depthwise_windows.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// Results of `rows` rows, and in each of so many vectors, one `across` windows after the other. Windows see their rows
/// from `first` to `last` only, where there is one row at an edge.
template <class T, bool rectifies, int size, int step, int vectors, int rows, bool edge>
CONVNET_INLINE void correlate_block(const DepthwiseCorrelation<T>& d, const RowsLeft<T, T>& at, std::int64_t across,
                                    const typename Vector<T>::type (&weights)[size * size],
                                    const typename Vector<T>::index (&lanes)[vectors][size], std::int64_t first,
                                    std::int64_t last) {
    using V = typename Vector<T>::type;
    V sums[rows][vectors];
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            sums[r][v] = broadcast(d.bias);
        }
    }
    CONVNET_UNROLL
    for (int u = 0; u < (rows - 1) * step + size; ++u) {
        if (edge && (u < first || u >= last)) {
            continue;
        }
        const T* const source = row_of(at, u);
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            V seen[size];
            look<T, size, step>(source + v * across * step, lanes[v], seen);
            if (u < rows * step) {
                fetch<T, step>(source + v * across * step + d.windows.ahead);
            }
            CONVNET_UNROLL
            for (int r = 0; r < rows; ++r) {
                if (u >= r * step && u < r * step + size) {
                    CONVNET_UNROLL
                    for (int c = 0; c < size; ++c) {
                        sums[r][v] += weights[(u - r * step) * size + c] * seen[c];
                    }
                }
            }
        }
    }
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store_some(at.target + r * at.target_step + v * across, finished<rectifies>(sums[r][v], d.slope),
                       at.target_step, d.streamed);
        }
    }
}

template <class T, bool rectifies, int size, int step, int vectors>
void correlate_columns(const DepthwiseCorrelation<T>& d, std::int64_t column, std::int64_t across) {
    const DepthwiseWindows<T>& w = d.windows;
    typename Vector<T>::index lanes[vectors][size];
    CONVNET_UNROLL
    for (int v = 0; v < vectors; ++v) {
        seeing<T, size, step>(w, column + v * across, lanes[v]);
    }
    typename Vector<T>::type weights[size * size];
    CONVNET_UNROLL
    for (int i = 0; i < size * size; ++i) {
        weights[i] = broadcast(d.weights[d.taps[i].weight]);
    }
    RowsLeft<T, T> at(w.inside, step, column, d.target + column, w.columns);
    for (; at.left >= 4; at.template next<step>(4)) {
        correlate_block<T, rectifies, size, step, vectors, 4, false>(d, at, across, weights, lanes, 0, size);
    }
    for (; at.left >= 2; at.template next<step>(2)) {
        correlate_block<T, rectifies, size, step, vectors, 2, false>(d, at, across, weights, lanes, 0, size);
    }
    if (at.left > 0) {
        correlate_block<T, rectifies, size, step, vectors, 1, false>(d, at, across, weights, lanes, 0, size);
    }
    for (const auto& edge : w.edges) {
        at = RowsLeft<T, T>(edge, step, column, d.target + column, w.columns);
        for (; at.left > 0; at.template next<step>(1)) {
            const std::int64_t row = (edge.end - at.left) * step;
            correlate_block<T, rectifies, size, step, vectors, 1, true>(d, at, across, weights, lanes, w.top - row,
                                                                        w.bottom - row);
        }
    }
}

/// The last vectors of a row that has more than one end where it ends, and overlap those before.
template <class T, bool rectifies, int size, int step>
void correlate_windows(const DepthwiseCorrelation<T>& d) {
    constexpr int lanes = Vector<T>::lanes;
    const std::int64_t columns = d.windows.columns;
    std::int64_t i = 0;
    for (; columns - i > lanes; i += 2 * lanes) {
        const std::int64_t left = columns - i;
        correlate_columns<T, rectifies, size, step, 2>(d, i, left < 2 * lanes ? left - lanes : lanes);
    }
    if (i < columns) {
        correlate_columns<T, rectifies, size, step, 1>(d, columns < lanes ? 0 : columns - lanes, 0);
    }
}

/// Both phases of `rows` rows of windows, put together as they are stored, where the target has so many rows and columns.
template <class T, bool rectifies, int size, int rows, bool edge>
CONVNET_INLINE void double_block(const DepthwiseCorrelation<T>& d, const RowsLeft<T, T>& at,
                                 const typename Vector<T>::type (&weights)[16],
                                 const typename Vector<T>::index (&lanes)[size], std::int64_t first, std::int64_t last,
                                 std::int64_t target_rows, std::int64_t target_columns) {
    using V = typename Vector<T>::type;
    constexpr int shift = size - 2, width = Vector<T>::lanes;
    V sums[2 * rows][2];
    CONVNET_UNROLL
    for (int r = 0; r < 2 * rows; ++r) {
        sums[r][0] = sums[r][1] = broadcast(d.bias);
    }
    CONVNET_UNROLL
    for (int u = 0; u < rows - 1 + size; ++u) {
        if (edge && (u < first || u >= last)) {
            continue;
        }
        const T* const source = row_of(at, u);
        V seen[size];
        look<T, size, 1>(source, lanes, seen);
        if (u < rows) {
            fetch<T, 1>(source + d.windows.ahead);
        }
        CONVNET_UNROLL
        for (int r = 0; r < 2 * rows; ++r) {
            const int tap = u - r / 2 - r % 2 * shift;
            if (tap == 0 || tap == 1) {
                CONVNET_UNROLL
                for (int q = 0; q < 2; ++q) {
                    const int from = 4 * (r % 2 * 2 + q) + 2 * tap;
                    sums[r][q] += weights[from] * seen[q * shift];
                    sums[r][q] += weights[from + 1] * seen[q * shift + 1];
                }
            }
        }
    }
    CONVNET_UNROLL
    for (int r = 0; r < 2 * rows; ++r) {
        if (r < target_rows) {
            T* const out = at.target + r * d.target_columns;
            const V even = finished<rectifies>(sums[r][0], d.slope), odd = finished<rectifies>(sums[r][1], d.slope);
            store_some(out, in_turns<T>(even, odd, 0), target_columns, d.streamed);
            store_some(out + width, in_turns<T>(even, odd, width / 2), target_columns - width, d.streamed);
        }
    }
}

template <class T, bool rectifies, int size>
void double_windows(const DepthwiseCorrelation<T>& d) {
    constexpr int lanes = Vector<T>::lanes;
    const DepthwiseWindows<T>& w = d.windows;
    typename Vector<T>::type weights[16];
    CONVNET_UNROLL
    for (int i = 0; i < 16; ++i) {
        weights[i] = broadcast(d.weights[d.taps[i].weight]);
    }
    for (std::int64_t i = 0; i < w.columns; i += lanes) {
        const std::int64_t column = w.columns - i >= lanes || w.columns < lanes ? i : w.columns - lanes;
        const std::int64_t columns = d.target_columns - 2 * column;
        typename Vector<T>::index inside[size];
        seeing<T, size, 1>(w, column, inside);
        RowsLeft<T, T> at(w.inside, 1, column, d.target + 2 * column, 2 * d.target_columns);
        const auto rows = [&](const auto& part) { return d.target_rows - 2 * (part.end - at.left); };
        for (; at.left >= 2; at.template next<1>(2)) {
            double_block<T, rectifies, size, 2, false>(d, at, weights, inside, 0, size, rows(w.inside), columns);
        }
        if (at.left > 0) {
            double_block<T, rectifies, size, 1, false>(d, at, weights, inside, 0, size, rows(w.inside), columns);
        }
        for (const auto& edge : w.edges) {
            at = RowsLeft<T, T>(edge, 1, column, d.target + 2 * column, 2 * d.target_columns);
            for (; at.left > 0; at.template next<1>(1)) {
                const std::int64_t row = edge.end - at.left;
                double_block<T, rectifies, size, 1, true>(d, at, weights, inside, w.top - row, w.bottom - row,
                                                          rows(edge), columns);
            }
        }
    }
}

template <class T>
void correlate_windows(const DepthwiseCorrelation<T>& d) {
    using Correlate = void (*)(const DepthwiseCorrelation<T>&);
    static constexpr Correlate by_size[2][2][2] = {
        {{correlate_windows<T, false, 3, 1>, correlate_windows<T, false, 3, 2>},
         {correlate_windows<T, false, 5, 1>, correlate_windows<T, false, 5, 2>}},
        {{correlate_windows<T, true, 3, 1>, correlate_windows<T, true, 3, 2>},
         {correlate_windows<T, true, 5, 1>, correlate_windows<T, true, 5, 2>}}};
    static constexpr Correlate doubling[2][2] = {{double_windows<T, false, 2>, double_windows<T, false, 3>},
                                                 {double_windows<T, true, 2>, double_windows<T, true, 3>}};
    if (d.phases == 2) {
        doubling[d.slope != T{1}][d.windows.size - 2](d);
    } else {
        by_size[d.slope != T{1}][d.windows.size / 5][d.windows.step - 1](d);
    }
    if (d.streamed) {
        end_stream();
    }
}

}  // namespace
}  // namespace convnet::cpu
