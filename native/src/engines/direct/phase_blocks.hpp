// How a sweep whose results fill lines is cut, when the phases of a line are the columns of the product and positions
// its rows. All phases of the last axis for one position are a run: they are adjacent in the target. It follows from the
// sweep and the instruction set alone, so that results do not depend on the number of threads.
#pragma once

#include "engines/direct/sweep.hpp"

namespace convnet::direct {

struct PhaseBlocks {
    PhaseBlocks(const Sweep& sweep, int lanes, int tile_rows, int vectors);

    /// One axis or two, with runs of whole pieces, of which a tile stores no shorter ones than `least_piece`.
    static bool is_for(const Sweep& sweep, int lanes, int least_piece);

    std::int64_t tile_rows;
    std::int64_t run, runs;             ///< Columns of a run, and runs of a group.
    std::int64_t strip_runs, strips;    ///< Runs whose results are stored together.
    std::int64_t strip_columns;         ///< Of a strip, in whole vectors...
    std::int64_t panel;                 ///< ...of which a tile has so many, and stores...
    std::int64_t piece;                 ///< ...so many together: a vector or an equal part of one.
    std::int64_t block_strips, blocks;  ///< Strips of a task.
    std::int64_t rows, bands;           ///< Rows of positions of a task.
    std::int64_t tasks;
    std::int64_t channels;  ///< Source channels that a product sums at a time.

    // The part of the source that a task reads, [blocks of channels][source rows][pitch][channels of the block].
    std::int64_t row_taps, row_step, column_taps;
    std::int64_t source_rows, pitch;
    std::int64_t source_elements, results_elements;

    std::int64_t scratch_elements() const { return source_elements + results_elements; }  ///< Of a thread.
    /// The row of the sweep that a column of a strip is. Those that fill its last vector are of its last run again.
    std::int64_t row(std::int64_t strip, std::int64_t column) const;
    /// Columns of a strip that are computed.
    std::int64_t columns(std::int64_t strip, std::int64_t lanes) const;

    std::int64_t strip_weights(const Sweep& sweep) const { return sweep.depth() * strip_columns; }
    std::int64_t weights(const Sweep& sweep) const { return sweep.groups * strips * strip_weights(sweep); }
};

}  // namespace convnet::direct
