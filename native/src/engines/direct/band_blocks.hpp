// How a sweep over padded bands is cut into tasks: bands of each image and group, times blocks of rows. It follows from
// the sweep and the instruction set alone, so that results do not depend on the number of threads.
#pragma once

#include "engines/direct/band.hpp"
#include "engines/direct/packing.hpp"

namespace convnet::direct {

struct BandBlocks {
    /// `most_rows` is what a tile can have.
    BandBlocks(const Sweep& sweep, int lanes, int most_rows);

    Band band;
    Packing packing;
    std::int64_t rows;  ///< Of a task.
    std::int64_t row_blocks, tasks;
    bool in_lines;                ///< Whether tiles end with the lines of positions and store straight to the target...
    bool in_pairs;                ///< ...two rows of the product in turns.
    std::int64_t results_pitch;   ///< Between the lines of positions of a task's results...
    std::int64_t results_stride;  ///< ...and between its rows, where they are not in the target.
    std::int64_t source_elements;  ///< Of the band of a block of channels.

    std::int64_t scratch_elements() const;  ///< Of a thread: the band, then the results.
};

}  // namespace convnet::direct
