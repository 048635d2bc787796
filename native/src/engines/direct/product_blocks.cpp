#include "engines/direct/product_blocks.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t slack = 64;  // that gathering may overwrite

bool is_plain(const Axis& axis) { return axis.kernel == 1 && axis.stride == 1 && axis.pad == 0 && axis.in == axis.out; }

constexpr std::int64_t most_positions = 256;  // of a task

/// Whether tasks have whole rows of positions: what is between the results of strided ones is theirs too.
bool has_whole_rows(const Sweep& sweep) { return !sweep.contiguous && sweep.axes.back().out <= most_positions; }

}  // namespace

bool ProductBlocks::can_take(const std::vector<Sweep>& sweeps) {
    const auto apart = [](const Axis& axis) { return axis.kernel <= axis.stride && axis.dilation == 1; };
    const auto is_empty = [](const Sweep& sweep) { return sweep.taps() == 0; };
    if (sweeps.empty() || is_empty(sweeps.front())) {
        return false;
    }
    const Sweep& sweep = sweeps.front();
    return std::all_of(sweep.axes.begin(), sweep.axes.end(), apart) &&
           std::all_of(sweeps.begin() + 1, sweeps.end(), is_empty) &&
           (sweeps.size() == 1 || (sweep.phases.size() == 1 && has_whole_rows(sweep)));
}

ProductBlocks::ProductBlocks(const Sweep& sweep, int lanes, int vectors) {
    // Channels that are a multiple of many cache lines apart would all want the same few places of a cache.
    constexpr std::int64_t few = 512;
    in_place = std::all_of(sweep.axes.begin(), sweep.axes.end(), is_plain) && sweep.source_positions() % few != 0;
    constexpr std::int64_t cached = 1 << 20;
    fetches = in_place && sweep.images * sweep.groups * sweep.channels * sweep.source_positions() > cached;

    // Weights of a panel and the source of a block of positions stay in the second-level cache.
    constexpr std::int64_t most_depth = 512, least_positions = 64, most_sums = 64 * 1024;
    channels = even_part(sweep.channels, most_depth / sweep.taps());
    const std::int64_t all_vectors = ceil_divide(sweep.rows(), lanes);
    panels = ceil_divide(all_vectors, vectors);
    panel = ceil_divide(all_vectors, panels) * lanes;
    const std::int64_t narrow_panel = panel - lanes;
    packing = {panel, channels, all_vectors - panels * narrow_panel / lanes, narrow_panel};

    // Enough tasks by fewer panels, which read the source again, or gather it, and by fewer positions, which read the
    // weights again.
    constexpr std::int64_t wanted_tasks = 8;
    const std::int64_t images = sweep.images * sweep.groups;
    const std::int64_t wanted_blocks = ceil_divide(wanted_tasks, in_place ? images * panels : images);
    const std::int64_t most =
        std::clamp(ceil_divide(sweep.positions(), wanted_blocks), least_positions, most_positions);
    // Blocks are as even as may be where vectors would begin beside lines of the target anyway.
    const std::int64_t unit = has_whole_rows(sweep)            ? sweep.axes.back().out
                              : sweep.positions() % lanes == 0 ? lanes
                                                               : lanes / 2;
    positions = even_part(ceil_divide(sweep.positions(), unit), most / unit) * unit;
    position_blocks = ceil_divide(sweep.positions(), positions);
    const std::int64_t shares = std::min(panels, ceil_divide(wanted_tasks, images * position_blocks));
    task_panels = even_part(panels, std::min(ceil_divide(panels, shares), most_sums / (positions * panel)));
    panel_blocks = ceil_divide(panels, task_panels);
    tasks = images * position_blocks * panel_blocks;

    pitch = in_place ? sweep.source_positions() : odd_lines(positions);
    columns_elements = in_place ? 0 : whole_lines(channels * sweep.taps() * pitch + slack);
    weights_elements = whole_lines(channels * sweep.taps() * panel);
    keeps_sums = channels < sweep.channels;
    sums_pitch = odd_lines(keeps_sums ? task_panels * panel : panel);
    sums_elements = (keeps_sums ? positions : lanes) * sums_pitch;
    turned_pitch = odd_lines(positions);
    turned_elements = sweep.contiguous ? 0 : whole_lines(panel * turned_pitch + slack);
}

}  // namespace convnet::direct
