#include "engines/direct/sweep_task.hpp"

#include <algorithm>

#include "devices/cpu/per_thread.hpp"
#include "engines/direct/biases.hpp"
#include "engines/direct/packed_filters.hpp"
#include "engines/direct/store.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Where the sums of a panel are written, tile by tile: straight to the target where whole vectors fit there, else to
/// scratch memory first.
template <class T>
struct PanelTarget {
    T* data;  ///< Of the first row of the task.
    std::int64_t row_stride;
    bool direct;
};

/// Gathers the columns of a block of channels for the positions that `runs` was made for.
template <class T>
void gather(const cpu::Kernels<T>& kernels, const Sweep& sweep, const PanelRuns& runs, std::int64_t group,
            std::int64_t channel, std::int64_t channels, std::int64_t vectors, const T* source, T* columns) {
    const std::int64_t positions = sweep.source_positions();
    const std::int64_t elements = sweep.images * sweep.groups * sweep.channels * positions;
    kernels.gather({source + (group * sweep.channels + channel) * positions, source + elements, positions, channels,
                    sweep.taps(), runs.runs(), runs.first_run(), sweep.axes.back().stride, columns,
                    vectors * kernels.lanes});
}

template <class T>
class Task {
public:
    Task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const SweepBlocks& blocks, std::int64_t task,
         const SweepArguments<T>& arguments, T* scratch)
        : kernels_(kernels),
          sweep_(sweep),
          blocks_(blocks),
          arguments_(arguments),
          columns_(scratch),
          results_(blocks.shared_elements > 0 ? scratch : scratch + blocks.panel_elements),
          fetches_(sweep.taps() == 1 && arguments.shared == nullptr) {
        const std::int64_t row_block = task % blocks.row_blocks;
        const std::int64_t position_block = task / blocks.row_blocks % blocks.position_blocks;
        group_ = task / blocks.row_blocks / blocks.position_blocks;
        first_row_ = row_block * blocks.rows;
        end_row_ = std::min(sweep.rows(), first_row_ + blocks.rows);
        first_position_ = position_block * blocks.panels * blocks.width;
        end_position_ = std::min(blocks.positions, first_position_ + blocks.panels * blocks.width);
        panels_ = ceil_divide(end_position_ - first_position_, blocks.width);
        next_position_ = std::min(task + 1, blocks.tasks - 1) / blocks.row_blocks % blocks.position_blocks *
                         blocks.panels * blocks.width;
        auto& runs = cpu::per_thread<std::vector<PanelRuns>>();
        runs.resize(std::max(runs.size(), static_cast<std::size_t>(panels_ + 1)));
        runs_ = runs.data();
    }

    void run() {
        for (std::int64_t panel = 0; panel < panels_; ++panel) {
            runs_[panel].find(sweep_, panel_begin(panel), panel_length(panel));
        }
        if (fetches_) {
            runs_[panels_].find(sweep_, next_position_, std::min(blocks_.width, blocks_.positions - next_position_));
        }
        if (blocks_.in_pairs) {
            find_lines();
        }
        for (std::int64_t channel = 0; channel < sweep_.channels; channel += blocks_.channels) {
            for (std::int64_t panel = 0; panel < panels_; ++panel) {
                multiply_panel(panel, channel);
            }
        }
        for (std::int64_t panel = 0; panel < panels_; ++panel) {
            const PanelTarget<T> target = target_of(panel);
            if (!target.direct && !blocks_.in_pairs) {
                store_panel(kernels_, sweep_, runs_[panel].rows(), group_, first_row_, end_row_, target.data,
                            target.row_stride, arguments_.target);
            }
        }
    }

private:
    std::int64_t panel_begin(std::int64_t panel) const { return first_position_ + panel * blocks_.width; }
    std::int64_t panel_length(std::int64_t panel) const {
        return std::min(blocks_.width, end_position_ - panel_begin(panel));
    }

    PanelTarget<T> target_of(std::int64_t panel) const {
        const std::int64_t positions = sweep_.positions(), begin = panel_begin(panel), length = panel_length(panel);
        const std::int64_t image = begin / positions, position = begin % positions;
        if (sweep_.contiguous && position + length <= positions && length % kernels_.lanes == 0) {
            const std::int64_t channel = (image * sweep_.groups + group_) * sweep_.target_channels + first_row_;
            return {arguments_.target + channel * positions + position, positions, true};
        }
        return {results_ + panel * blocks_.rows * blocks_.width, blocks_.width, false};
    }

    /// Where the source of a panel is fetched while the one before is multiplied: what tiles fetch, in equal shares. Not
    /// where each element is gathered for many taps, or all are gathered in advance.
    struct Ahead {
        const PanelRuns* runs;
        std::int64_t channel;
    };

    Ahead after(std::int64_t panel, std::int64_t channel) const {
        if (panel + 1 < panels_) {
            return {&runs_[panel + 1], channel};
        }
        if (channel + blocks_.channels < sweep_.channels) {
            return {&runs_[0], channel + blocks_.channels};
        }
        return {&runs_[panels_], 0};
    }

    void multiply_panel(std::int64_t panel, std::int64_t channel) {
        const std::int64_t channels = std::min(blocks_.channels, sweep_.channels - channel);
        const std::int64_t taps = sweep_.taps();
        const std::int64_t vectors = ceil_divide(panel_length(panel), kernels_.lanes);
        const T* columns = columns_;
        if (arguments_.shared != nullptr) {
            columns = arguments_.shared + blocks_.shared_offset(group_, panel_begin(panel) / blocks_.width, channel);
        } else {
            gather(kernels_, sweep_, runs_[panel], group_, channel, channels, vectors, arguments_.source, columns_);
        }

        const PanelTarget<T> target = target_of(panel);
        const bool last = channel + channels == sweep_.channels;
        const T slope = last ? arguments_.epilogue.slope : T{1};
        const T* const filters = arguments_.packed + packed_offset(sweep_, blocks_.packing(), group_, channel, 0);
        const Ahead ahead = after(panel, channel);
        const std::int64_t stride = sweep_.source_positions(), step = sweep_.axes.back().stride;
        const std::int64_t last_tile =
            std::max<std::int64_t>(1, (end_row_ - first_row_ - 1) / blocks_.tile_rows * blocks_.tile_rows);
        const T* const next = arguments_.source + (group_ * sweep_.channels + ahead.channel) * stride;
        cpu::PairsTile<T> pairs{};
        pairs.in_turns = pairs.whole = last;
        if (blocks_.in_pairs) {
            find_places(panel, pairs);
        }
        for (std::int64_t row = first_row_; row < end_row_; row += blocks_.tile_rows) {
            const std::int64_t rows = std::min(blocks_.tile_rows, end_row_ - row);
            const Biases<T, most_pair_rows> biases(sweep_, channel > 0 ? nullptr : arguments_.epilogue.bias, group_,
                                                   row, rows);
            const cpu::Tile<T> tile{
                static_cast<int>(rows),
                static_cast<int>(vectors),
                channels * taps,
                filters + row * channels * taps,
                rows,
                columns,
                vectors * kernels_.lanes,
                {target.data + (row - first_row_) * target.row_stride, target.row_stride, channel > 0, biases.data(),
                 slope},
                fetches_ ? next + ahead.runs->source_of((blocks_.width - 1) * (row - first_row_) / last_tile, step)
                         : columns,
                fetches_ ? stride : 0};
            if (blocks_.in_pairs) {
                multiply_pairs(tile, row, pairs);
            } else {
                kernels_.multiply(tile);
            }
        }
    }

    /// Where the vectors of a panel go in the first phases.
    void find_places(std::int64_t panel, cpu::PairsTile<T>& pairs) const {
        const std::int64_t image = sweep_.groups * sweep_.target_channels * sweep_.target_positions();
        const Phase& first = sweep_.phases.front();
        for (const PanelRow& row : runs_[panel].rows()) {
            const std::int64_t line =
                row.image * image + target_row(sweep_, first, row.outer) + first.offset[sweep_.axes.size() - 1];
            for (std::int64_t i = 0; i < row.length; i += kernels_.lanes) {
                pairs.places[(row.target + i) / kernels_.lanes] = line + 2 * (row.begin + i);
            }
        }
    }

    /// Where the rows of the task go, two by two, for a vector with place 0.
    void find_lines() {
        auto& lines = cpu::per_thread<std::vector<T*>>();
        lines.clear();
        auto& line_of = cpu::per_thread<std::vector<std::int64_t>>();  // of a channel, for the first of two phases
        line_of.clear();
        for (std::size_t phase = 0; phase < sweep_.phases.size(); phase += 2) {
            line_of.push_back(target_row(sweep_, sweep_.phases[phase], 0) - target_row(sweep_, sweep_.phases[0], 0));
        }
        const auto pairs = static_cast<std::int64_t>(line_of.size());
        const std::int64_t channel = group_ * sweep_.target_channels + first_row_ / 2 / pairs;
        T* plane = arguments_.target + channel * sweep_.target_positions();
        auto pair = static_cast<std::size_t>(first_row_ / 2 % pairs);
        for (std::int64_t row = first_row_; row < end_row_; row += 2) {
            lines.push_back(plane + line_of[pair]);
            if (++pair == line_of.size()) {
                pair = 0;
                plane += sweep_.target_positions();
            }
        }
        lines_ = lines.data();
    }

    void multiply_pairs(const cpu::Tile<T>& tile, std::int64_t first_row, cpu::PairsTile<T>& pairs) const {
        static constexpr std::int64_t no_offset = 0;
        std::copy_n(lines_ + (first_row - first_row_) / 2, tile.rows / 2, pairs.lines);
        pairs.product = {tile.rows,  tile.vectors,      tile.k, 1,     tile.a, tile.b, tile.b_stride, &no_offset,
                         tile.ahead, tile.ahead_stride, 0,      tile.c};
        kernels_.multiply_pairs(pairs);
    }

    const cpu::Kernels<T>& kernels_;
    const Sweep& sweep_;
    const SweepBlocks& blocks_;
    const SweepArguments<T>& arguments_;
    T* const columns_;
    T* const results_;
    const bool fetches_;         // what comes next
    T* const* lines_ = nullptr;  // where pairs of rows go
    PanelRuns* runs_;            // of the panels, and of the first one of the next task
    std::int64_t group_, first_row_, end_row_, first_position_, end_position_, next_position_, panels_;
};

}  // namespace

std::int64_t gather_tasks(const Sweep& sweep, const SweepBlocks& blocks) {
    return blocks.shared_elements == 0 ? 0 : sweep.groups * blocks.all_panels * blocks.channel_blocks;
}

template <class T>
void run_gather_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const SweepBlocks& blocks, std::int64_t task,
                     const SweepArguments<T>& arguments) {
    auto& runs = cpu::per_thread<PanelRuns>();
    const std::int64_t channel = task % blocks.channel_blocks * blocks.channels;
    const std::int64_t panel = task / blocks.channel_blocks % blocks.all_panels;
    const std::int64_t group = task / blocks.channel_blocks / blocks.all_panels;
    const std::int64_t length = std::min(blocks.width, blocks.positions - panel * blocks.width);
    runs.find(sweep, panel * blocks.width, length);
    gather(kernels, sweep, runs, group, channel, std::min(blocks.channels, sweep.channels - channel),
           ceil_divide(length, kernels.lanes), arguments.source,
           arguments.shared + blocks.shared_offset(group, panel, channel));
}

template <class T>
void run_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const SweepBlocks& blocks, std::int64_t task,
              const SweepArguments<T>& arguments, T* scratch) {
    Task<T>(kernels, sweep, blocks, task, arguments, scratch).run();
}

template void run_gather_task(const cpu::Kernels<float>&, const Sweep&, const SweepBlocks&, std::int64_t,
                              const SweepArguments<float>&);
template void run_gather_task(const cpu::Kernels<double>&, const Sweep&, const SweepBlocks&, std::int64_t,
                              const SweepArguments<double>&);
template void run_task(const cpu::Kernels<float>&, const Sweep&, const SweepBlocks&, std::int64_t,
                       const SweepArguments<float>&, float*);
template void run_task(const cpu::Kernels<double>&, const Sweep&, const SweepBlocks&, std::int64_t,
                       const SweepArguments<double>&, double*);

}  // namespace convnet::direct
