#include "engines/direct/sweep_costs.hpp"

#include <algorithm>
#include <limits>

#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr double products_per_cycle = 32;

/// Of storing the results of so many positions.
double cost_of_storing(const Sweep& sweep, double positions, double each_when_dense) {
    const double each = sweep.target_step[sweep.axes.size() - 1] == 1 ? each_when_dense : sweep.fills_lines ? 0.4 : 3;
    return positions * static_cast<double>(sweep.rows()) * each;
}

/// Of writing the result of a position for each channel in turn, which want the same few places of a cache where they are
/// a power of two apart.
double cost_of_turning(const Sweep& sweep) {
    constexpr double each = 0.6, each_in_the_way = 2;
    constexpr std::int64_t few = 512;
    return sweep.contiguous && sweep.target_positions() % few == 0 ? each_in_the_way : each;
}

/// Of reading all weights so many times.
double cost_of_weights(const Sweep& sweep, double times) {
    constexpr double each = 0.3, second_level = 128 * 1024;
    const double weights = static_cast<double>(sweep.rows()) * static_cast<double>(sweep.depth());
    return weights > second_level ? weights * each * times : 0;
}

}  // namespace

double cost_of_gathering(const Sweep& sweep, int lanes) {
    if (sweep.taps() == 0) {
        return 0;  // the target is filled before
    }
    // Products take longer than in bands: the columns of windows crowd the first-level cache.
    const double per_product = (sweep.taps() > 1 ? 1.12 : 1.07) / products_per_cycle;
    constexpr double per_gathered = 0.2, per_run = 10, panel = 48;
    constexpr double positions_of_task = 512;
    const auto positions = static_cast<double>(ceil_divide(sweep.images * sweep.positions(), lanes) * lanes);
    const auto depth = static_cast<double>(sweep.depth()), rows = static_cast<double>(sweep.rows());
    const double run = std::min(static_cast<double>(std::max<std::int64_t>(1, sweep.axes.back().out)), panel);
    constexpr double per_result = 0.1;
    const double storing =
        are_in_pairs(sweep, lanes) ? positions * rows * per_result : cost_of_storing(sweep, positions, per_result);
    return positions * depth * (rows * per_product + per_gathered + per_run / run) + storing +
           cost_of_weights(sweep, std::max(1.0, positions / positions_of_task));
}

double cost_of_bands(const Sweep& sweep, int lanes, int tile_rows) {
    if (!Band::is_for(sweep)) {
        return std::numeric_limits<double>::infinity();
    }
    constexpr double per_padded = 0.15, per_split = 0.3, per_row = 8;
    const BandBlocks blocks(sweep, lanes, tile_rows);
    const auto bands = static_cast<double>(sweep.images * blocks.band.bands());
    const auto positions = bands * static_cast<double>(blocks.results_stride);
    const auto planes = bands * static_cast<double>(sweep.channels * blocks.row_blocks);
    const double per_element = sweep.axes.back().stride > 1 ? per_split : per_padded;
    const double padding = static_cast<double>(blocks.band.plane()) * per_element +
                           static_cast<double>(blocks.band.plane() / blocks.band.pitch()) * per_row;
    const double products =
        positions * static_cast<double>(sweep.depth()) * static_cast<double>(sweep.rows()) / products_per_cycle;
    double storing = cost_of_storing(sweep, positions, 0.6), slower = 1;
    if (blocks.in_lines) {
        constexpr double each_in_pairs = 0.25, each_as_it_is = 0.1, narrow = 1.2;
        constexpr std::int64_t wide = 3;  // vectors of a tile
        const std::int64_t vectors = blocks.results_pitch / lanes;
        storing = positions * static_cast<double>(sweep.rows()) * (blocks.in_pairs ? each_in_pairs : each_as_it_is);
        const bool is_wide = ceil_divide(vectors, ceil_divide(vectors, wide)) == wide;
        slower = is_wide ? 1 : narrow;
        if (blocks.in_pairs && sweep.staggered) {
            constexpr double of_half_tiles = 1.1;
            const auto columns = static_cast<double>(sweep.axes.back().kernel);
            slower = (is_wide ? of_half_tiles : 1) * (columns - 1) / columns;
        }
    }
    return products * slower + planes * padding + storing + cost_of_weights(sweep, bands);
}

double cost_of_phases(const Sweep& sweep, int lanes, int tile_rows, int vectors, int least_piece) {
    if (!PhaseBlocks::is_for(sweep, lanes, least_piece)) {
        return std::numeric_limits<double>::infinity();
    }
    constexpr double per_turned = 0.5, per_piece = 1, per_weight = 0.1;
    const PhaseBlocks b(sweep, lanes, tile_rows, vectors);
    const auto positions = static_cast<double>(sweep.images * sweep.positions());
    const auto columns = static_cast<double>(b.strips * b.strip_columns);
    return positions * columns *
               (static_cast<double>(sweep.depth()) / products_per_cycle + per_piece / static_cast<double>(b.piece)) +
           static_cast<double>(sweep.images * b.bands * b.blocks * b.source_elements) * per_turned +
           static_cast<double>(sweep.images * b.bands * sweep.depth()) * columns * per_weight;
}

double cost_of_channels(const Sweep& sweep, int lanes, int vectors) {
    if (!ChannelBlocks::can_take(sweep)) {
        return std::numeric_limits<double>::infinity();
    }
    // A result is written twice, and turned.
    constexpr double per_copied = 0.15, per_line = 8, per_sum = 0.15, per_product = 1.05, for_thin_panels = 1.08;
    const ChannelBlocks blocks(sweep, lanes, vectors);
    const auto bands = static_cast<double>(sweep.images * blocks.bands);
    const auto results = static_cast<double>(sweep.images * sweep.positions()) *
                         static_cast<double>(ceil_divide(sweep.target_channels, lanes) * lanes);
    const double thin = blocks.panel < vectors * lanes ? for_thin_panels : per_product;
    const double copied =
        static_cast<double>(blocks.source_elements) * (per_copied + per_line / static_cast<double>(blocks.pitch));
    return results *
               (static_cast<double>(sweep.depth()) / products_per_cycle * thin + per_sum + cost_of_turning(sweep)) +
           bands * static_cast<double>(blocks.panel_blocks) * copied + cost_of_weights(sweep, bands);
}

double cost_of_products(const std::vector<Sweep>& sweeps, int lanes, int vectors) {
    if (!ProductBlocks::can_take(sweeps)) {
        return std::numeric_limits<double>::infinity();
    }
    const Sweep& sweep = sweeps.front();
    constexpr double per_product = 1.03, per_gathered = 0.4, per_strided = 1.5, per_run = 10, per_weight = 0.1;
    const ProductBlocks blocks(sweep, lanes, vectors);
    const auto positions = static_cast<double>(sweep.images * sweep.positions());
    const auto rows = static_cast<double>(ceil_divide(sweep.rows(), lanes) * lanes);
    const auto depth = static_cast<double>(sweep.depth());
    const auto run = static_cast<double>(std::min(sweep.axes.back().out, blocks.positions));
    const double per_element = sweep.axes.back().stride > 2 ? per_strided : per_gathered;
    const double gathered = blocks.in_place ? 0 : depth * (per_element + per_run / run);
    return positions * (rows * (depth * per_product / products_per_cycle + cost_of_turning(sweep)) +
                        gathered * static_cast<double>(blocks.panel_blocks)) +
           static_cast<double>(sweep.images * blocks.position_blocks) * rows * depth * per_weight +
           (sweep.contiguous ? 0 : cost_of_storing(sweep, positions, 0));
}

}  // namespace convnet::direct
