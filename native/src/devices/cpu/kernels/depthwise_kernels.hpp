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

template <class T>
struct DepthwiseKernels {
    int lanes;
    void (*correlate)(const DepthwiseRows<T>&);
    void (*add_gradient)(const DepthwiseGradient<T>&);
};

}  // namespace convnet::cpu
