// The gradient of the weights: dw[o, k] += sum over positions of dy[o, position] * column[k, position].
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// How the product is cut into tasks. It follows from the sweep and the instruction set alone, so that results do not
/// depend on the number of threads.
struct FilterGradientBlocks {
    FilterGradientBlocks(const Sweep& sweep, int lanes, int tile_rows, int panel_width);

    std::int64_t width;      ///< Columns of dw in a tile.
    std::int64_t tile_rows;  ///< Rows of dw in a tile.
    std::int64_t row_group;  ///< Rows of dy that are transposed together.
    std::int64_t channels;   ///< Source channels of a task; all their taps are its columns of dw.
    std::int64_t rows;       ///< Rows of dw of a task.
    std::int64_t positions;  ///< Of all images.
    std::int64_t depth;      ///< Positions that are packed at a time.
    std::int64_t channel_blocks, row_blocks;
    std::int64_t parts;  ///< Positions are divided into this many parts, each with a sum of its own...
    std::int64_t part;   ///< ...of this many positions.
    std::int64_t tasks;

    std::int64_t scratch_elements;  ///< Of a thread.
    std::int64_t partial_elements;  ///< Of the sums of all parts; 0 for one part, which adds to dw itself.
};

template <class T>
struct FilterGradientArguments {
    const T* x;
    const T* dy;
    T* dw;
    T* partial;
};

template <class T>
void run_filter_gradient_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const FilterGradientBlocks& blocks,
                              std::int64_t task, const FilterGradientArguments<T>& arguments, T* scratch);

}  // namespace convnet::direct
