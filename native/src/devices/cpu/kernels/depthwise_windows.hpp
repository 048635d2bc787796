// How square windows see rows of a plane where those lie. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/depthwise_kernels.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// For each column of taps, which lanes see an element of the plane through it, in a vector that begins with window
/// `column`.
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

}  // namespace
}  // namespace convnet::cpu
