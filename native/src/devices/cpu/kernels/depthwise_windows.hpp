// How depthwise_kernels.cpp computes with square windows over rows that it reads where they lie. As private as
// vectors.hpp.
#pragma once

#include "devices/cpu/kernels/depthwise_kernels.hpp"
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

/// For each column of taps, the lanes of such a vector that see an element of the plane through it.
template <class T, int size, int step>
CONVNET_INLINE void seeing(const DepthwiseWindows<T>& w, std::int64_t column,
                           typename Vector<T>::index (&lanes)[size]) {
    const auto first = lanes_from<T>(0, step) + static_cast<int>(column * step - w.lead);
    CONVNET_UNROLL
    for (int c = 0; c < size; ++c) {
        lanes[c] = (first + c >= 0) & (first + c < static_cast<int>(w.plane_columns));
    }
}

template <class T>
CONVNET_INLINE typename Vector<T>::type only(typename Vector<T>::type v, typename Vector<T>::index lanes) {
    using V = typename Vector<T>::type;
    using I = typename Vector<T>::index;
    return (V)((I)v & lanes);
}

/// What a vector of windows sees of a row, one column of taps after the other; zeros in other lanes than `lanes`.
template <class T, int size, int step>
CONVNET_INLINE void look(const T* row, const typename Vector<T>::index (&lanes)[size],
                         typename Vector<T>::type (&seen)[size]) {
    static_assert(step == 1 || step == 2);
    if constexpr (step == 1) {
        CONVNET_UNROLL
        for (int c = 0; c < size; ++c) {
            seen[c] = only<T>(load(row + c), lanes[c]);
        }
    } else {
        CONVNET_UNROLL
        for (int c = 0; c < size; c += 2) {
            const auto low = load(row + c), high = load(row + c + Vector<T>::lanes);
            seen[c] = only<T>(every_other<T>(low, high, 0), lanes[c]);
            if (c + 1 < size) {
                seen[c + 1] = only<T>(every_other<T>(low, high, 1), lanes[c + 1]);
            }
        }
    }
}

/// Moves on over rows of windows and what belongs to them in the target.
template <class T, class Target>
struct RowsLeft {
    const T* source;
    Target* target;
    std::int64_t source_step, target_step, left;

    /// `first` is where the target of row 0 begins.
    CONVNET_INLINE RowsLeft(const typename DepthwiseWindows<T>::Rows& rows, int step, std::int64_t column,
                            Target* first, std::int64_t target_row_step)
        : source(rows.source + column * step),
          target(first + rows.begin * target_row_step),
          source_step(rows.source_step),
          target_step(target_row_step),
          left(rows.end - rows.begin) {}

    template <int step>
    CONVNET_INLINE void next(int rows) {
        source += rows * step * source_step;
        target += rows * target_step;
        left -= rows;
    }
};

/// A row of the source. The compiler shall not know how it is computed, else it keeps the places of all loads of all rows
/// of a block, and has no registers for that.
template <class T, class Target>
CONVNET_INLINE const T* row_of(const RowsLeft<T, Target>& at, int row) {
    const T* source = at.source + row * at.source_step;
    asm("" : "+r"(source));
    return source;
}

/// Fetches what a vector of windows sees of a row.
template <class T, int step>
CONVNET_INLINE void fetch(const T* row) {
    CONVNET_UNROLL
    for (int i = 0; i < step; ++i) {
        __builtin_prefetch(row + i * Vector<T>::lanes);
    }
}

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
                       at.target_step);
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
            store_some(out, in_turns<T>(even, odd, 0), target_columns);
            store_some(out + width, in_turns<T>(even, odd, width / 2), target_columns - width);
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
        return doubling[d.slope != T{1}][d.windows.size - 2](d);
    }
    by_size[d.slope != T{1}][d.windows.size / 5][d.windows.step - 1](d);
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
