#include "engines/direct/phase_blocks.hpp"

#include <algorithm>
#include <numeric>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t slack = 64;  // that is read behind the results

/// So many that whole vectors have few columns too many, and panels of them are full.
std::int64_t runs_of_strip(std::int64_t run, std::int64_t runs, std::int64_t lanes, std::int64_t vectors) {
    constexpr std::int64_t most_columns = 128;
    constexpr double per_panel = 0.25;  // in vectors
    std::int64_t best = 1;
    double least = 0;
    for (std::int64_t count = 1; count == 1 || (count <= runs && count * run <= most_columns); ++count) {
        const std::int64_t filled = ceil_divide(count * run, lanes), panels = ceil_divide(filled, vectors);
        const double cost =
            (static_cast<double>(filled) + per_panel * static_cast<double>(panels)) / static_cast<double>(count);
        if (count == 1 || cost < least) {
            least = cost;
            best = count;
        }
    }
    return best;
}

}  // namespace

bool PhaseBlocks::is_for(const Sweep& sweep, int lanes, int least_piece) {
    const std::size_t axes = sweep.axes.size();
    return axes <= 2 && sweep.taps() > 0 && sweep.fills_lines &&
           std::gcd(sweep.target_step[axes - 1], std::int64_t{lanes}) >= least_piece;
}

PhaseBlocks::PhaseBlocks(const Sweep& sweep, int lanes, int rows_of_tile, int vectors) : tile_rows(rows_of_tile) {
    const bool plane = sweep.axes.size() > 1;
    const Axis& columns = sweep.axes.back();
    run = sweep.target_step[sweep.axes.size() - 1];
    runs = sweep.rows() / run;
    piece = std::gcd(run, std::int64_t{lanes});
    strip_runs = runs_of_strip(run, runs, lanes, vectors);
    strips = ceil_divide(runs, strip_runs);
    const std::int64_t strip_vectors = ceil_divide(strip_runs * run, lanes);
    strip_columns = strip_vectors * lanes;
    panel = even_part(strip_vectors, vectors) * lanes;

    // What all tiles of a task read stays in the first-level cache, the rest in the second.
    constexpr std::int64_t most_depth = 256, most_results = 64 * 1024, most_source = 96 * 1024;
    row_taps = plane ? sweep.axes.front().kernel : 1;
    column_taps = columns.kernel;
    channels = even_part(sweep.channels, most_depth / sweep.taps());
    pitch = columns.out + column_taps - 1;
    row_step = plane ? sweep.axes.front().dilation : 1;
    const std::int64_t rows_around = (row_taps - 1) * row_step;

    // Enough tasks by shorter bands, as long as many positions share weights, and then by fewer strips.
    constexpr std::int64_t wanted_tasks = 16, few_positions = 64, many_positions = 256, second_level = 128 * 1024;
    const std::int64_t all_rows = plane ? sweep.axes.front().out : 1, products = sweep.images * sweep.groups;
    const std::int64_t least = sweep.rows() * sweep.depth() > second_level ? many_positions : few_positions;
    const std::int64_t parts = std::clamp<std::int64_t>(sweep.positions() / least, 1, wanted_tasks);
    rows =
        std::min({ceil_divide(all_rows, std::min(parts, ceil_divide(wanted_tasks, products))),
                  most_results / (columns.out * strip_columns), most_source / (pitch * sweep.channels) - rows_around});
    rows = even_part(all_rows, rows);
    bands = ceil_divide(all_rows, rows);
    block_strips = ceil_divide(strips, ceil_divide(wanted_tasks, products * bands));
    block_strips = even_part(strips, block_strips);
    blocks = ceil_divide(strips, block_strips);
    tasks = products * bands * blocks;

    source_rows = rows + rows_around;
    source_elements = whole_lines(source_rows * pitch * sweep.channels);
    results_elements = whole_lines(rows * columns.out * strip_columns + slack);
}

std::int64_t PhaseBlocks::row(std::int64_t strip, std::int64_t column) const {
    const std::int64_t all = std::min(strip_runs, runs - strip * strip_runs) * run;
    const std::int64_t beyond = std::max<std::int64_t>(0, column + 1 - all);
    return strip * strip_runs * run + column - ceil_divide(beyond, run) * run;
}

std::int64_t PhaseBlocks::columns(std::int64_t strip, std::int64_t lanes) const {
    return ceil_divide(std::min(strip_runs, runs - strip * strip_runs) * run, lanes) * lanes;
}

}  // namespace convnet::direct
