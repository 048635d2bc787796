// What the CPU needs of an instruction set for groups of one channel. depthwise_kernels.cpp is compiled once for each.
// Only plain declarations here, as in kernels.hpp.
#pragma once

#include <cstdint>

namespace convnet::cpu {

struct DepthwiseTap {
    std::int64_t weight, offset;  ///< From where the source of a result begins.
};

/// Rows of results: element i * phases + p is the bias and the sum of weights[tap.weight] * source[i + tap.offset] over
/// the taps [first_tap[p], first_tap[p + 1]); where that is not above 0, it is multiplied by the slope.
template <class T>
struct DepthwiseRows {
    const T* source;
    std::int64_t source_step;  ///< From a row to the next.
    const T* weights;
    const DepthwiseTap* taps;
    const std::int32_t* first_tap;
    std::int64_t phases;
    T bias;
    T slope;
    T* target;
    std::int64_t target_step, rows, columns;
    T* scratch;  ///< Room for twice a row of whole vectors of each phase, where there are more than two.
};

/// sums[t][lane] += source[i + taps[t].offset] * target[i] over all i of a lane, in all rows.
template <class T>
struct DepthwiseGradient {
    const T* source;
    std::int64_t source_step;
    const DepthwiseTap* taps;
    std::int64_t tap_count;
    const T* target;
    const T* target_end;  ///< Nothing from here on is read.
    std::int64_t target_step, rows, columns;
    T* sums;
};

/// Square windows over a plane, `step` rows and columns apart: 3x3 or 5x5, and 1 or 2. What they would see beside the
/// plane counts as zero.
template <class T>
struct DepthwiseWindows {
    /// Rows of windows over source rows that are `source_step` apart. Those of row `begin` begin at `source`; to the left
    /// and to the right of the plane there may be anything there.
    struct Rows {
        const T* source;
        std::int64_t source_step, begin, end;
    };
    Rows inside;    ///< See rows of the plane only.
    Rows edges[2];  ///< The others, which see only those of their `size` rows that are in [top, bottom), counted from
                    ///< the first row that row 0 would see.
    std::int64_t top, bottom;
    std::int64_t columns;  ///< Windows of a row.
    std::int64_t lead;     ///< How far to the left of the plane the first one begins.
    std::int64_t plane_columns;
    std::int64_t ahead;  ///< From the source to what is fetched meanwhile, for what comes next.
    int size, step;
};

/// target[r][c] is the bias and the sum of weights[taps[i].weight] times what window (r, c) sees through tap i; where that
/// is not above 0, it is multiplied by the slope. With two phases on each axis, element (2r + p, 2c + q) of the target is
/// such a sum through a square of 2x2 taps, the four from 4 * (2p + q) on, which begins p * (size - 2) rows below and
/// q * (size - 2) columns to the right of where the window does; windows are 2x2 or 3x3 then, and step is 1.
template <class T>
struct DepthwiseCorrelation {
    DepthwiseWindows<T> windows;
    const T* weights;
    const DepthwiseTap* taps;
    T bias;
    T slope;
    T* target;
    int phases;  ///< 1 or 2.
    std::int64_t target_rows, target_columns;
    bool streamed;  ///< What is written is not kept in the caches.
};

/// sums[i][lane] += target[r][c] times what window (r, c) sees through tap i, over all windows of a lane.
template <class T>
struct DepthwiseWindowsGradient {
    DepthwiseWindows<T> windows;
    const T* target;
    const T* target_end;  ///< Nothing from here on is read.
    std::int64_t ahead;   ///< From the target to what is fetched meanwhile.
    T* sums;
};

template <class T>
struct DepthwiseKernels {
    int lanes;
    void (*correlate)(const DepthwiseRows<T>&);
    void (*correlate_windows)(const DepthwiseCorrelation<T>&);
    void (*add_gradient)(const DepthwiseGradient<T>&);
    void (*add_gradient_windows)(const DepthwiseWindowsGradient<T>&);
    /// out[i] += the sum of the lanes of vector i, of `count`.
    void (*add_lanes)(const T* vectors, std::int64_t count, T* out);
};

}  // namespace convnet::cpu
