// The gradient of the weights: dw[o, k] += sum over positions of dy[o, position] * column[k, position].
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/gradient_parts.hpp"

namespace convnet::direct {

/// How the product is cut.
struct FilterGradientBlocks {
    FilterGradientBlocks(const Sweep& sweep, int lanes, int tile_rows, int panel_width);

    std::int64_t width;      ///< Columns of dw in a tile.
    std::int64_t tile_rows;  ///< Rows of dw in a tile.
    std::int64_t row_group;  ///< Rows of dy that are transposed together.
    std::int64_t depth;      ///< Positions that are packed at a time.
    GradientParts parts;     ///< Of positions. The taps of a task's source channels are its columns of dw.

    std::int64_t scratch_elements;  ///< Of a thread.
};

template <class T>
struct FilterGradientArguments {
    const T* x;
    const T* dy;
    T* sums;          ///< Of the part: a gradient, which tasks write their share to...
    bool accumulate;  ///< ...or add it to.
};

template <class T>
void run_filter_gradient_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const FilterGradientBlocks& blocks,
                              const GradientPart& part, const FilterGradientArguments<T>& arguments, T* scratch);

}  // namespace convnet::direct
