#include "engines/direct/channel_blocks.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

std::int64_t reach(const Axis& axis) { return (axis.kernel - 1) * axis.dilation; }

Axis row_axis_of(const Sweep& sweep) { return sweep.axes.size() > 1 ? sweep.axes.front() : Axis{}; }

/// Elements of a line of the copy.
std::int64_t pitch_of(const Axis& columns) { return (columns.out - 1) * columns.stride + reach(columns) + 1; }

/// Of the copy, to stay in the second-level cache.
constexpr std::int64_t most_source = 192 * 1024;

/// Rows of positions whose copied lines stay within that, none when it is too little for a single one.
std::int64_t most_rows(const Sweep& sweep) {
    const Axis axis = row_axis_of(sweep);
    const std::int64_t lines = most_source / (sweep.channels * pitch_of(sweep.axes.back()));
    return floor_divide(lines - reach(axis) - 1, axis.stride) + 1;
}

}  // namespace

bool ChannelBlocks::can_take(const Sweep& sweep) {
    const Axis& last = sweep.axes.back();
    const auto dense = [](const Axis& axis) { return axis.dilation == 1 || axis.kernel == 1; };
    return sweep.axes.size() <= 2 && sweep.contiguous && sweep.phases.size() == 1 && sweep.taps() > 1 &&
           dense(sweep.axes.front()) && dense(last) && last.pad >= 0 && most_rows(sweep) > 0;
}

ChannelBlocks::ChannelBlocks(const Sweep& sweep, int lanes, int vectors)
    : row_axis(row_axis_of(sweep)), columns(sweep.axes.back()), pitch(pitch_of(columns)) {
    lines = row_axis.kernel * sweep.channels;
    line_length = columns.kernel;
    constexpr std::int64_t most_depth = 384;
    lines_at_once = even_part(lines, most_depth / line_length);

    const std::int64_t all_vectors = ceil_divide(sweep.target_channels, lanes);
    panel = even_part(all_vectors, vectors) * lanes;
    panels = ceil_divide(sweep.target_channels, panel);

    // Of few images there are enough tasks by shorter bands, and where those get too short for all the weights that they
    // read, by fewer panels.
    constexpr std::int64_t wanted_tasks = 16, most_positions = 448, least_positions = 64, most_results = 64 * 1024;
    const std::int64_t all_rows = row_axis.out, images = sweep.images * sweep.groups;
    const std::int64_t wanted_rows =
        std::clamp(ceil_divide(all_rows, ceil_divide(wanted_tasks, images)), ceil_divide(least_positions, columns.out),
                   ceil_divide(most_positions, columns.out));
    rows = even_part(all_rows, std::min(wanted_rows, most_rows(sweep)));
    bands = ceil_divide(all_rows, rows);
    const std::int64_t shares = std::max<std::int64_t>(1, wanted_tasks / (images * bands));
    task_panels = even_part(panels, std::min(ceil_divide(panels, shares), most_results / (rows * columns.out * panel)));
    panel_blocks = ceil_divide(panels, task_panels);
    tasks = images * bands * panel_blocks;

    constexpr std::int64_t slack = 64;  // that the copy may overwrite
    source_elements = whole_lines(copied_lines(rows) * sweep.channels * pitch + slack);
    results_elements = whole_lines(rows * columns.out * task_panels * panel);
}

std::int64_t ChannelBlocks::copied_lines(std::int64_t rows_of_positions) const {
    return (rows_of_positions - 1) * row_axis.stride + reach(row_axis) + 1;
}

}  // namespace convnet::direct
