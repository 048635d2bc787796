#include "engines/direct/product_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "engines/direct/biases.hpp"
#include "engines/direct/packed_filters.hpp"
#include "engines/direct/runs.hpp"
#include "engines/direct/store.hpp"
#include "geometry/arithmetic.hpp"
#include "geometry/rectifier.hpp"

namespace convnet::direct {
namespace {

/// Whether each phase has one tap, in the order of the taps in memory.
bool is_matrix(const ConvolutionProblem& problem, WeightUse use, const Sweep& sweep) {
    if (use == WeightUse::forward || sweep.taps() > 1) {
        return false;
    }
    const std::vector<std::int64_t> taps = taps_of_phases(problem, sweep);
    std::int64_t expected = 0;
    return static_cast<std::int64_t>(taps.size()) == problem.taps() &&
           std::all_of(taps.begin(), taps.end(), [&](std::int64_t tap) { return tap == expected++; });
}

}  // namespace

template <class T>
ProductPass<T>::ProductPass(const ConvolutionProblem& problem, WeightUse use, const std::vector<Sweep>& sweeps)
    : problem_(problem),
      use_(use),
      kernels_(cpu::kernels<T>()),
      sweep_(sweeps.front()),
      blocks_(sweep_, kernels_.lanes, kernels_.vectors),
      is_matrix_(is_matrix(problem, use, sweep_)),
      leaves_gaps_(sweeps.size() > 1) {}

template <class T>
std::int64_t ProductPass<T>::prepared_elements() const noexcept {
    const std::int64_t read_behind = kernels_.lanes;
    return is_matrix_ ? 0 : sweep_.groups * sweep_.rows() * sweep_.depth() + read_behind;
}

template <class T>
void ProductPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    if (!is_matrix_) {
        pack_filters(pool, problem_, use_, sweep_, blocks_.packing, w, prepared);
    }
}

template <class T>
typename ProductPass<T>::Part ProductPass<T>::part_of(std::int64_t task) const {
    const ProductBlocks& b = blocks_;
    const std::int64_t first_panel = task % b.panel_blocks * b.task_panels;
    task /= b.panel_blocks;
    const std::int64_t first = task % b.position_blocks * b.positions;
    task /= b.position_blocks;
    return {task / sweep_.groups,
            task % sweep_.groups,
            first,
            std::min(b.positions, sweep_.positions() - first),
            first_panel,
            std::min(b.panels, first_panel + b.task_panels)};
}

template <class T>
void ProductPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                         const TargetEpilogue<T>& epilogue) const {
    const auto task = [&](std::int64_t index) {
        T* const columns = context.own(blocks_.scratch_elements());
        T* const weights = columns + blocks_.columns_elements;
        T* const sums = weights + blocks_.weights_elements;
        // What the same thread probably computes next.
        const Part next = part_of(std::min(index + 1, blocks_.tasks - 1));
        run_part(part_of(index), next, {source, prepared, target, epilogue},
                 {columns, weights, sums, sums + blocks_.sums_elements});
    };
    context.pool.run(blocks_.tasks, task, context.threads);
}

template <class T>
const T* ProductPass<T>::plane_of(const Part& part, std::int64_t channel, const T* source) const {
    return source + ((part.image * sweep_.groups + part.group) * sweep_.channels + channel) * sweep_.source_positions();
}

template <class T>
void ProductPass<T>::run_part(const Part& part, const Part& next, const Arguments& arguments,
                              const Scratch& scratch) const {
    auto& runs = cpu::per_thread<PanelRuns>();
    if (!blocks_.in_place || !sweep_.contiguous) {
        runs.find(sweep_, part.image * sweep_.positions() + part.first, part.count);
    }
    const std::int64_t positions = sweep_.source_positions(), taps = sweep_.taps();
    const std::int64_t elements = sweep_.images * sweep_.groups * sweep_.channels * positions;
    for (std::int64_t channel = 0; channel < sweep_.channels; channel += blocks_.channels) {
        const std::int64_t channels = std::min(blocks_.channels, sweep_.channels - channel);
        const T* columns = plane_of(part, channel, arguments.source) + part.first;
        if (!blocks_.in_place) {
            // Runs have the image already.
            kernels_.gather({arguments.source + (part.group * sweep_.channels + channel) * positions,
                             arguments.source + elements, positions, channels, taps, runs.runs(), runs.first_run(),
                             sweep_.axes.back().stride, scratch.columns, blocks_.pitch});
            columns = scratch.columns;
        }
        const bool last = channel + channels == sweep_.channels;
        const T* const ahead = last ? plane_of(next, 0, arguments.source) + next.first : columns + channels * positions;
        for (std::int64_t panel = part.first_panel; panel < part.end_panel; ++panel) {
            const bool fetches = blocks_.fetches && panel + 1 == part.end_panel;
            multiply_panel(part, panel, {channel, channels * taps, columns, fetches ? ahead : nullptr, last}, arguments,
                           scratch);
            if (last && !sweep_.contiguous) {
                const std::int64_t row = blocks_.packing.first_row(panel);
                const std::int64_t end_row = std::min(sweep_.rows(), blocks_.packing.first_row(panel + 1));
                if (leaves_gaps_) {
                    fill_gaps(part, row, end_row, arguments);
                }
                store_panel<T>(kernels_, sweep_, runs.rows(), part.group, row, end_row, scratch.turned,
                               blocks_.turned_pitch, arguments.target);
            }
        }
    }
}

template <class T>
void ProductPass<T>::multiply_panel(const Part& part, std::int64_t panel, const Block& block,
                                    const Arguments& arguments, const Scratch& scratch) const {
    const std::int64_t lanes = kernels_.lanes, first = blocks_.packing.first_row(panel), rows = sweep_.rows();
    const std::int64_t columns = std::min(rows, blocks_.packing.first_row(panel + 1)) - first;
    const std::int64_t width = ceil_divide(columns, lanes) * lanes;
    cpu::Tile<T> tile{};
    tile.vectors = static_cast<int>(width / lanes);
    tile.k = block.depth;
    tile.a_stride = blocks_.pitch;
    tile.c.stride = blocks_.sums_pitch;
    tile.c.slope = block.last ? arguments.epilogue.slope : T{1};
    if (is_matrix_) {
        const T* from = arguments.weights + (part.group * sweep_.channels + block.channel) * rows + first;
        for (std::int64_t k = 0; k < block.depth; ++k, from += rows) {
            std::copy_n(from, columns, scratch.weights + k * width);
        }
        tile.b = scratch.weights;
        tile.b_stride = width;
    } else {
        tile.b = arguments.weights + packed_offset(sweep_, blocks_.packing, part.group, block.channel, first);
        tile.b_stride = columns;
    }
    tile.c.accumulate = block.channel > 0;
    const Biases<T, most_columns> biases(sweep_, arguments.epilogue.bias, part.group, first, columns);
    tile.c.column_bias = biases.data();

    const std::int64_t plane = sweep_.positions();
    const bool direct = sweep_.contiguous;
    T* const results =
        direct ? arguments.target +
                     ((part.image * sweep_.groups + part.group) * sweep_.target_channels + first) * plane + part.first
               : scratch.turned;
    const std::int64_t results_stride = direct ? plane : blocks_.turned_pitch;
    // As many positions as a vector has are turned together.
    for (std::int64_t position = 0; position < part.count; position += lanes) {
        const std::int64_t count = std::min(lanes, part.count - position);
        T* const sums =
            scratch.sums +
            (blocks_.keeps_sums ? position * blocks_.sums_pitch + (panel - part.first_panel) * blocks_.panel : 0);
        for (std::int64_t column = 0; direct && block.last && column < columns; ++column) {
            __builtin_prefetch(results + column * results_stride + position, 1);
        }
        for (std::int64_t p = 0; p < count; p += kernels_.rows) {
            tile.rows = static_cast<int>(std::min<std::int64_t>(kernels_.rows, count - p));
            tile.a = block.columns + position + p;
            tile.ahead = block.ahead == nullptr || p > 0 ? nullptr : block.ahead + position;
            tile.ahead_stride = tile.ahead == nullptr ? 0 : blocks_.pitch;
            tile.c.data = sums + p * blocks_.sums_pitch;
            kernels_.multiply(tile);
        }
        if (block.last) {
            kernels_.transpose(sums, blocks_.sums_pitch, count, columns, results + position, results_stride);
        }
    }
}

/// The channels of rows [row, end_row), from the first target row of a part up to that of the next.
template <class T>
void ProductPass<T>::fill_gaps(const Part& part, std::int64_t row, std::int64_t end_row,
                               const Arguments& arguments) const {
    const std::int64_t last = sweep_.axes.back().out, positions = sweep_.target_positions();
    const std::int64_t end_position = part.first + part.count;
    const std::int64_t begin = part.first == 0 ? 0 : target_row(sweep_, sweep_.phases.front(), part.first / last);
    const std::int64_t end =
        end_position == sweep_.positions() ? positions : target_row(sweep_, sweep_.phases.front(), end_position / last);
    for (std::int64_t i = row; i < end_row; ++i) {
        const std::int64_t channel = part.group * sweep_.target_channels + i;
        const T sum = arguments.epilogue.bias == nullptr ? T{0} : arguments.epilogue.bias[channel];
        T* const plane = arguments.target + (part.image * sweep_.groups * sweep_.target_channels + channel) * positions;
        std::fill(plane + begin, plane + end, rectified(sum, sum, arguments.epilogue.slope));
    }
}

template class ProductPass<float>;
template class ProductPass<double>;

}  // namespace convnet::direct
