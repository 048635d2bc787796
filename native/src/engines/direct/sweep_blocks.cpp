#include "engines/direct/sweep_blocks.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"

namespace convnet::direct {

SweepBlocks::SweepBlocks(const Sweep& sweep, int rows_of_tile, int panel_width)
    : width(panel_width), tile_rows(rows_of_tile), positions(sweep.images * sweep.positions()) {
    // A panel's columns stay in the first-level cache while the tiles of a task pass over them.
    constexpr std::int64_t depth = 160;
    channels = std::clamp<std::int64_t>(depth / std::max<std::int64_t>(1, sweep.taps()), 1, sweep.channels);

    // Enough tasks to share, but few enough that columns are not gathered too often.
    constexpr std::int64_t wanted_tasks = 32, most_panels = 4, least_rows = 64;
    const std::int64_t all_panels = ceil_divide(positions, width);
    panels = std::clamp<std::int64_t>(all_panels * sweep.groups / wanted_tasks, 1, most_panels);
    position_blocks = ceil_divide(all_panels, panels);
    const std::int64_t parts = ceil_divide(wanted_tasks, std::max<std::int64_t>(1, position_blocks * sweep.groups));
    const std::int64_t even = ceil_divide(ceil_divide(sweep.rows(), parts), tile_rows) * tile_rows;
    rows = std::min(sweep.rows(), std::max(even, least_rows));
    row_blocks = ceil_divide(sweep.rows(), rows);
    tasks = sweep.groups * position_blocks * row_blocks;

    constexpr std::int64_t slack = 64;
    panel_elements = channels * sweep.taps() * width + slack;
    scratch_elements = panel_elements + panels * rows * width;
}

}  // namespace convnet::direct
