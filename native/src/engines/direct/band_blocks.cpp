#include "engines/direct/band_blocks.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t slack = 64;  // that is read behind the results

constexpr std::int64_t wanted_tasks = 8;

/// Whether tiles store two rows of the product in turns, line by line: they end with lines, so those have to fill their
/// vectors.
bool can_be_in_pairs(const Sweep& sweep, int lanes) {
    constexpr double full_enough = 0.9;
    const std::int64_t columns = sweep.axes.back().out, whole = ceil_divide(columns, lanes) * lanes;
    return sweep.fills_lines && sweep.target_step[sweep.axes.size() - 1] == 2 &&
           static_cast<double>(columns) >= full_enough * static_cast<double>(whole);
}

/// Twelve rows are better six and six than eight and four. Those whose results are stored in turns stay together.
std::int64_t rows_of_tile(const Sweep& sweep, int lanes, std::int64_t most) {
    constexpr std::int64_t wide = 3;
    const std::int64_t vectors = ceil_divide(sweep.axes.back().out, lanes);
    if (sweep.staggered && can_be_in_pairs(sweep, lanes) && ceil_divide(vectors, ceil_divide(vectors, wide)) < wide) {
        most += most / 2;
    }
    const std::int64_t step = sweep.target_step[sweep.axes.size() - 1];
    const std::int64_t together = sweep.fills_lines && most % step == 0 ? step : 1;
    return even_part(sweep.rows() / together, most / together) * together;
}

/// Rows of positions of a band: long enough that the rows around it are little beside it. Tasks are made of blocks of
/// rows of the product first, as long as those have two tiles, and then of shorter bands.
std::int64_t rows_of_band(const Sweep& sweep, std::int64_t tile_rows) {
    const std::int64_t rows = sweep.axes.size() > 1 ? sweep.axes.front().out : 1;
    constexpr std::int64_t wanted_positions = 640;
    const std::int64_t blocks = ceil_divide(sweep.rows(), 2 * tile_rows);
    const std::int64_t parts = ceil_divide(wanted_tasks, sweep.images * sweep.groups * blocks);
    const std::int64_t most = wanted_positions / std::max<std::int64_t>(1, sweep.axes.back().out);
    return even_part(rows, std::min(most, ceil_divide(rows, parts)));
}

/// Channels of a block: what a panel reads of them stays in the first-level cache, the whole band in the second.
std::int64_t channels_of_block(const Sweep& sweep, const Band& band) {
    constexpr std::int64_t first_level = 6 * 1024, second_level = 64 * 1024, panel = 56;
    const std::int64_t window_rows =
        (sweep.axes.size() > 1 ? sweep.axes.front().kernel : 1) * std::min(sweep.axes.back().stride, sweep.taps());
    const std::int64_t near = first_level / std::max<std::int64_t>(1, window_rows * panel);
    return even_part(sweep.channels, std::min(std::max<std::int64_t>(near, 8), second_level / band.plane()));
}

}  // namespace

BandBlocks::BandBlocks(const Sweep& sweep, int lanes, int most_rows)
    : band(sweep, rows_of_band(sweep, most_rows)),
      packing{rows_of_tile(sweep, lanes, most_rows), channels_of_block(sweep, band)} {
    const std::int64_t tile_rows = packing.tile_rows;
    const std::int64_t columns = sweep.axes.back().out, whole = ceil_divide(columns, lanes) * lanes;
    in_pairs = can_be_in_pairs(sweep, lanes);
    in_lines = in_pairs || (sweep.contiguous && sweep.phases.size() == 1 && columns == whole);
    results_pitch = in_lines ? whole : band.pitch();
    results_stride = in_lines ? band.rows() * whole : ceil_divide(band.positions(band.rows()), lanes) * lanes;
    constexpr std::int64_t most_results = 64 * 1024;
    const std::int64_t all_tiles = ceil_divide(sweep.rows(), tile_rows);
    // Each block of rows copies the band anew, so a task too few is no reason for one more.
    const std::int64_t parts = std::max<std::int64_t>(1, wanted_tasks / (sweep.images * sweep.groups * band.bands()));
    const std::int64_t tiles = std::min(most_results / (results_stride * tile_rows), ceil_divide(all_tiles, parts));
    rows = std::min(even_part(all_tiles, tiles) * tile_rows, sweep.rows());
    row_blocks = ceil_divide(sweep.rows(), rows);
    tasks = sweep.images * sweep.groups * band.bands() * row_blocks;
    source_elements = whole_lines(packing.channels * band.plane() + band.spare_elements());
}

std::int64_t BandBlocks::scratch_elements() const {
    const bool needs_results = in_pairs || !in_lines;
    return source_elements + (needs_results ? whole_lines(rows * results_stride + slack) : 0);
}

}  // namespace convnet::direct
