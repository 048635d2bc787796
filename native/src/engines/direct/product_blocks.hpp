// How a sweep with positions as the rows of the product and output channels as its columns is cut into tasks: blocks of
// positions of each image and group, times panels of columns. It follows from the sweep and the instruction set alone, so
// that results do not depend on the number of threads.
#pragma once

#include "engines/direct/packing.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

struct ProductBlocks {
    ProductBlocks(const Sweep& sweep, int lanes, int vectors);

    /// Whether no element of the source is in two windows, so that gathering them copies little, and only the first
    /// sweep has any.
    static bool can_take(const std::vector<Sweep>& sweeps);

    bool in_place;          ///< Whether columns are read where they are in the source, and not gathered.
    bool fetches;           ///< Whether the source comes from memory, so that it is fetched before it is needed.
    std::int64_t channels;  ///< Source channels that a product sums at a time.
    std::int64_t panel;     ///< Most columns of a tile. Some have a vector fewer, so that all are as even as may be.
    std::int64_t panels, task_panels, panel_blocks;
    std::int64_t positions, position_blocks;  ///< Positions of a task, and how many such blocks an image has.
    std::int64_t tasks;

    bool keeps_sums;     ///< Of all positions, as the next block of channels adds to them.
    std::int64_t pitch;  ///< Between the rows of the columns of the source, whose elements are positions.
    std::int64_t sums_pitch, turned_pitch;
    std::int64_t columns_elements, weights_elements, sums_elements, turned_elements;

    /// Of a thread.
    std::int64_t scratch_elements() const {
        return columns_elements + weights_elements + sums_elements + turned_elements;
    }

    Packing packing;  ///< With tiles of columns as rows.
};

}  // namespace convnet::direct
