// How a sweep with output channels as vectors is cut into tasks: bands of rows of positions of each image and group, times
// panels of channels. It follows from the sweep and the instruction set alone, so that results do not depend on the number
// of threads.
#pragma once

#include "engines/direct/sweep.hpp"

namespace convnet::direct {

struct ChannelBlocks {
    ChannelBlocks(const Sweep& sweep, int lanes, int vectors);

    /// Whether its windows are made of such lines.
    static bool can_take(const Sweep& sweep);

    Axis row_axis, columns;  ///< Of rows of positions, a single one where the sweep has one axis, and within them.

    std::int64_t pitch;               ///< Elements of a line of the copy.
    std::int64_t lines, line_length;  ///< Of a window.
    std::int64_t lines_at_once;       ///< What a tile sums at a time, so that its weights stay near.
    std::int64_t rows, bands;         ///< Rows of positions of a band, and how many bands an image has.
    std::int64_t panel;               ///< Channels of a tile, in whole vectors.
    std::int64_t panels, task_panels, panel_blocks;
    std::int64_t tasks;

    std::int64_t source_elements, results_elements;
    std::int64_t scratch_elements() const { return source_elements + results_elements; }  ///< Of a thread.

    /// Lines of each channel that so many rows of positions read.
    std::int64_t copied_lines(std::int64_t rows_of_positions) const;
};

}  // namespace convnet::direct
