// How a sweep is cut into tasks, and what each needs. It follows from the sweep and the instruction set alone, so that
// results do not depend on the number of threads.
#pragma once

#include <cstdint>

#include "engines/direct/packing.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// Whether tiles store two rows of the product in turns, straight to the target: they are the phases of lines without gaps
/// and edges, and each vector is of one line.
bool are_in_pairs(const Sweep& sweep, int lanes);

struct SweepBlocks {
    /// `sweeps` is how many share the workspace.
    SweepBlocks(const Sweep& sweep, int lanes, int tile_rows, int vectors, std::int64_t sweeps);

    std::int64_t width;      ///< Positions of a panel.
    std::int64_t tile_rows;  ///< Rows of a tile.
    std::int64_t positions;  ///< Of all images.
    bool in_pairs;
    std::int64_t panels;    ///< Panels of a task.
    std::int64_t rows;      ///< Rows of a task.
    std::int64_t channels;  ///< Source channels whose columns are in a panel at a time.
    std::int64_t position_blocks, row_blocks;
    std::int64_t tasks;

    std::int64_t panel_elements;    ///< Of the columns of a panel, with the slack that the gather kernel needs.
    std::int64_t scratch_elements;  ///< Of a thread: one panel of columns, and the results of a task.

    /// Of the columns of all panels, where it pays to gather them once for all blocks of rows; else 0.
    std::int64_t shared_elements;
    std::int64_t all_panels, channel_blocks;

    Packing packing() const { return {tile_rows, channels}; }

    /// Where the columns of a panel and a block of channels are among the shared ones.
    std::int64_t shared_offset(std::int64_t group, std::int64_t panel, std::int64_t channel) const {
        return ((group * all_panels + panel) * channel_blocks + channel / channels) * panel_elements;
    }
};

}  // namespace convnet::direct
