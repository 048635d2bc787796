#include "engines/direct/sweep_blocks.hpp"

#include <algorithm>

#include "devices/cpu/kernels/kernels.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {

namespace {

/// A way to cut a sweep: panels and rows of a task, and whether columns are gathered once for all blocks of rows.
struct Cut {
    std::int64_t panels, rows;
    bool shared;
};

/// What cuts of one sweep are compared by.
class CutCosts {
public:
    CutCosts(const Sweep& sweep, std::int64_t all_panels, std::int64_t width) : sweep_(sweep), all_panels_(all_panels) {
        const double columns = static_cast<double>(all_panels * width) * static_cast<double>(sweep.depth());
        const auto run = static_cast<double>(std::min(sweep.axes.back().out, width));
        constexpr double per_run = 8, per_element = 0.15, products_per_cycle = 32;
        gathering_ = columns * (per_element + per_run / run);
        const double weights = static_cast<double>(sweep.rows()) * static_cast<double>(sweep.depth());
        constexpr double per_near_weight = 0.02, per_far_weight = 0.4, second_level = 128 * 1024;
        weights_ = weights * (weights > second_level ? per_far_weight : per_near_weight);
        sharing_ = columns * 0.1;
        products_ = columns * static_cast<double>(sweep.rows()) / products_per_cycle;
    }

    /// Roughly the cycles of a group beside the products themselves, which are the same for all cuts: every block of
    /// rows gathers its columns anew or reads the shared ones, every block of positions reads its weights anew, and the
    /// last tasks leave threads idle.
    double of(const Cut& cut) const {
        const auto position_blocks = static_cast<double>(ceil_divide(all_panels_, cut.panels));
        const auto row_blocks = static_cast<double>(ceil_divide(sweep_.rows(), cut.rows));
        const double columns = cut.shared ? gathering_ + sharing_ * row_blocks : gathering_ * row_blocks;
        const double tasks = position_blocks * row_blocks * static_cast<double>(sweep_.groups);
        return columns + weights_ * position_blocks + 2 * products_ / tasks;
    }

private:
    const Sweep& sweep_;
    const std::int64_t all_panels_;
    double gathering_, sharing_, weights_, products_;
};

Cut best_cut(const Sweep& sweep, std::int64_t all_panels, std::int64_t width, std::int64_t tile_rows, bool may_share) {
    constexpr std::int64_t most_results = 96 * 1024;  // elements of a task, to stay in the second-level cache
    constexpr std::int64_t most_panels = 16, most_row_blocks = 64;
    const CutCosts costs(sweep, all_panels, width);
    Cut best{1, std::min(sweep.rows(), tile_rows), false};
    double least = costs.of(best);
    for (std::int64_t panels = 1; panels <= std::min(all_panels, most_panels); ++panels) {
        const std::int64_t most_parts = std::min(most_row_blocks, ceil_divide(sweep.rows(), tile_rows));
        for (std::int64_t parts = 1; parts <= most_parts; ++parts) {
            const std::int64_t even = ceil_divide(ceil_divide(sweep.rows(), parts), tile_rows) * tile_rows;
            const std::int64_t rows = std::min(even, sweep.rows());
            if (panels * rows * width > most_results) {
                continue;
            }
            for (const bool shared : {false, true}) {
                const Cut cut{panels, rows, shared};
                const double cost = costs.of(cut);
                if (cost < least && (!shared || may_share)) {
                    least = cost;
                    best = cut;
                }
            }
        }
    }
    return best;
}

/// Whether the results of all positions are inside the target in all phases.
bool stays_inside(const Sweep& sweep) {
    for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
        const std::int64_t last = (sweep.axes[i].out - 1) * sweep.target_step[i];
        if (sweep.phases.front().offset[i] < 0 || last + sweep.phases.back().offset[i] >= sweep.target_extent[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool are_in_pairs(const Sweep& sweep, int lanes) {
    const std::size_t last = sweep.axes.size() - 1;
    return sweep.fills_lines && !sweep.staggered && sweep.target_step[last] == 2 && stays_inside(sweep) &&
           sweep.axes[last].out % lanes == 0;
}

SweepBlocks::SweepBlocks(const Sweep& sweep, int lanes, int rows_of_tile, int vectors, std::int64_t sweeps)
    : tile_rows(rows_of_tile), positions(sweep.images * sweep.positions()), in_pairs(are_in_pairs(sweep, lanes)) {
    // A panel's columns stay in the first-level cache while the tiles of a task pass over them: as deep ones of two
    // vectors as there are channels most often, so that sums pass through registers alone.
    std::int64_t panel_depth = 160;
    if (in_pairs) {
        tile_rows = cpu::rows_of_pairs(rows_of_tile);
        vectors = 2;
        panel_depth = 256;
    }
    // Panels of equal width: four vectors are better two and two than three and one.
    const std::int64_t all_vectors = std::max<std::int64_t>(1, ceil_divide(positions, lanes));
    all_panels = ceil_divide(all_vectors, vectors);
    width = ceil_divide(all_vectors, all_panels) * lanes;

    constexpr std::int64_t slack = 64;
    channels = even_part(sweep.channels, panel_depth / std::max<std::int64_t>(1, sweep.taps()));
    channel_blocks = ceil_divide(sweep.channels, channels);
    panel_elements = channels * sweep.taps() * width + slack;

    const std::int64_t most_shared = (std::int64_t{1} << 20) / sweeps;
    const std::int64_t all_columns = sweep.groups * all_panels * channel_blocks * panel_elements;
    const Cut cut = best_cut(sweep, all_panels, width, tile_rows, all_columns <= most_shared);
    panels = cut.panels;
    rows = cut.rows;
    position_blocks = ceil_divide(all_panels, panels);
    row_blocks = ceil_divide(sweep.rows(), rows);
    tasks = sweep.groups * position_blocks * row_blocks;
    shared_elements = cut.shared && row_blocks > 1 ? all_columns : 0;
    scratch_elements = (shared_elements > 0 ? 0 : panel_elements) + panels * rows * width + slack;
}

}  // namespace convnet::direct
