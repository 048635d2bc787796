#include "engines/direct/phase_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "engines/direct/packed_filters.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {

template <class T>
PhasePass<T>::PhasePass(const ConvolutionProblem& problem, std::vector<Sweep> sweeps)
    : problem_(problem), kernels_(cpu::kernels<T>()) {
    for (Sweep& sweep : sweeps) {
        const PhaseBlocks blocks(sweep, kernels_.lanes, kernels_.rows, kernels_.vectors);
        const std::int64_t weights = blocks.weights(sweep);
        sweeps_.push_back({std::move(sweep), blocks, weights_, tasks_});
        weights_ += weights;
        tasks_ += blocks.tasks;
        scratch_ = std::max(scratch_, blocks.scratch_elements());
    }
}

template <class T>
void PhasePass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    for (const PlannedSweep& planned : sweeps_) {
        const std::vector<std::int64_t> tap_of = taps_of_phases(problem_, planned.sweep);
        const std::int64_t strips = planned.blocks.strips, elements = planned.blocks.strip_weights(planned.sweep);
        pool.run(planned.sweep.groups * strips, [&](std::int64_t index) {
            prepare_strip(planned, tap_of, index / strips, index % strips, w,
                          prepared + planned.first_weight + index * elements);
        });
    }
}

// Blocks of channels of panels of [taps][channels of the block][columns of the panel].
template <class T>
void PhasePass<T>::prepare_strip(const PlannedSweep& planned, const std::vector<std::int64_t>& tap_of,
                                 std::int64_t group, std::int64_t strip, const T* w, T* out) const {
    const Sweep& sweep = planned.sweep;
    const PhaseBlocks& b = planned.blocks;
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    const std::int64_t window_taps = sweep.taps(), taps = problem_.taps();
    const std::int64_t columns = b.columns(strip, kernels_.lanes);
    const std::int64_t filter = sweep.target_channels * taps;
    const T* const filters = w + group * sweep.channels * filter;
    auto& offsets = cpu::per_thread<std::vector<std::int64_t>>();  // in a filter, or -1
    for (std::int64_t channel = 0; channel < sweep.channels; channel += b.channels) {
        const std::int64_t end = std::min(sweep.channels, channel + b.channels);
        for (std::int64_t first = 0; first < columns; first += b.panel) {
            const std::int64_t end_column = std::min(columns, first + b.panel);
            for (std::int64_t window_tap = 0; window_tap < window_taps; ++window_tap) {
                offsets.clear();
                for (std::int64_t column = first; column < end_column; ++column) {
                    const std::int64_t row = b.row(strip, column);
                    const std::int64_t tap = tap_of[static_cast<std::size_t>(row % phases * window_taps + window_tap)];
                    offsets.push_back(tap < 0 ? -1 : row / phases * taps + tap);
                }
                for (std::int64_t c = channel; c < end; ++c) {
                    for (const std::int64_t offset : offsets) {
                        *out++ = offset < 0 ? T{0} : filters[c * filter + offset];
                    }
                }
            }
        }
    }
}

template <class T>
void PhasePass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                       const TargetEpilogue<T>& epilogue) const {
    const auto task = [&](std::int64_t index) {
        const PlannedSweep& planned = of_task(sweeps_, index, &PlannedSweep::first_task);
        const Sweep& sweep = planned.sweep;
        const PhaseBlocks& b = planned.blocks;
        const Part part = part_of(planned, index - planned.first_task);
        T* const turned = context.own(scratch_);
        turn_source(planned, part, source, turned);
        auto& positions = cpu::per_thread<Positions>();
        find_positions(planned, part, positions);
        for (std::int64_t strip = part.first_strip; strip < part.end_strip; ++strip) {
            const std::int64_t weights = (part.group * b.strips + strip) * b.strip_weights(sweep);
            run_strip(
                planned, part, strip, positions,
                {turned, prepared + planned.first_weight + weights, turned + b.source_elements, target, epilogue});
        }
    };
    context.pool.run(tasks_, task, context.threads);
}

template <class T>
typename PhasePass<T>::Part PhasePass<T>::part_of(const PlannedSweep& planned, std::int64_t task) const {
    const Sweep& sweep = planned.sweep;
    const PhaseBlocks& b = planned.blocks;
    const std::int64_t all_rows = sweep.axes.size() > 1 ? sweep.axes.front().out : 1;
    const std::int64_t first_strip = task % b.blocks * b.block_strips;
    task /= b.blocks;
    const std::int64_t first = task % b.bands * b.rows;
    task /= b.bands;
    return {task / sweep.groups,
            task % sweep.groups,
            first_strip,
            std::min(b.strips, first_strip + b.block_strips),
            first,
            std::min(b.rows, all_rows - first)};
}

/// What the rows of positions of a part read, with zeros around the source.
template <class T>
void PhasePass<T>::turn_source(const PlannedSweep& planned, const Part& part, const T* source, T* out) const {
    const Sweep& sweep = planned.sweep;
    const PhaseBlocks& b = planned.blocks;
    const Axis rows = sweep.axes.size() > 1 ? sweep.axes.front() : Axis{};
    const Axis& columns = sweep.axes.back();
    const std::int64_t positions = sweep.source_positions();
    const T* const planes = source + (part.image * sweep.groups + part.group) * sweep.channels * positions;
    const std::int64_t source_rows = part.count + (b.row_taps - 1) * b.row_step;
    const std::int64_t begin = std::clamp<std::int64_t>(columns.pad, 0, b.pitch);
    const std::int64_t end = std::clamp(columns.in + columns.pad, begin, b.pitch);
    for (std::int64_t channel = 0; channel < sweep.channels; channel += b.channels) {
        const std::int64_t channels = std::min(b.channels, sweep.channels - channel);
        T* line = out + channel * b.source_rows * b.pitch;
        for (std::int64_t r = 0; r < source_rows; ++r, line += b.pitch * channels) {
            const std::int64_t row = part.first + r - rows.pad;
            if (row < 0 || row >= rows.in) {
                std::fill_n(line, b.pitch * channels, T{0});
                continue;
            }
            std::fill_n(line, begin * channels, T{0});
            kernels_.transpose(planes + channel * positions + row * columns.in + begin - columns.pad, positions,
                               channels, end - begin, line + begin * channels, channels);
            std::fill_n(line + end * channels, (b.pitch - end) * channels, T{0});
        }
    }
}

template <class T>
void PhasePass<T>::find_positions(const PlannedSweep& planned, const Part& part, Positions& positions) const {
    const Sweep& sweep = planned.sweep;
    const PhaseBlocks& b = planned.blocks;
    const std::size_t last = sweep.axes.size() - 1;
    const std::int64_t extent = sweep.target_extent[last], step = sweep.target_step[last];
    const std::int64_t rows = last > 0 ? sweep.target_extent[0] : 1, row_step = last > 0 ? sweep.target_step[0] : 0;
    const std::int64_t first_row = last > 0 ? sweep.phases.front().offset[0] : 0;
    const std::int64_t last_row = last > 0 ? sweep.phases.back().offset[0] : 0;
    const std::int64_t first_column = sweep.phases.front().offset[last];
    const auto add = [&](bool inside) {
        for (std::int64_t r = 0; r < part.count; ++r) {
            const std::int64_t row = part.first + r;
            const bool whole_row = row * row_step + first_row >= 0 && row * row_step + last_row < rows;
            for (std::int64_t column = 0; column < sweep.axes.back().out; ++column) {
                const std::int64_t begin = column * step + first_column;
                if ((whole_row && begin >= 0 && begin + step <= extent) == inside) {
                    positions.all.push_back(
                        {row, column, r * b.pitch + column, row * row_step * extent + column * step});
                }
            }
        }
        return static_cast<std::int64_t>(positions.all.size());
    };
    positions.all.clear();
    const std::int64_t whole = add(true);
    add(false);
    positions.direct = whole / b.tile_rows * b.tile_rows;
}

template <class T>
void PhasePass<T>::run_strip(const PlannedSweep& planned, const Part& part, std::int64_t index,
                             const Positions& positions, const Arguments& arguments) const {
    const Sweep& sweep = planned.sweep;
    const PhaseBlocks& b = planned.blocks;
    const std::size_t last = sweep.axes.size() - 1;
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    auto& strip = cpu::per_thread<Strip>();
    strip.columns = b.columns(index, kernels_.lanes);
    strip.places.clear();
    strip.bias.clear();
    for (std::int64_t column = 0; column < strip.columns; column += b.piece) {
        const std::int64_t row = b.row(index, column);
        const Phase& phase = sweep.phases[static_cast<std::size_t>(row % phases)];
        const std::int64_t channel = part.group * sweep.target_channels + row / phases;
        const std::int64_t plane = part.image * sweep.groups * sweep.target_channels + channel;
        const std::int64_t line = last > 0 ? phase.offset[0] * sweep.target_extent[last] : 0;
        strip.places.push_back(plane * sweep.target_positions() + line + phase.offset[last]);
        strip.bias.insert(strip.bias.end(), static_cast<std::size_t>(b.piece),
                          arguments.epilogue.bias == nullptr ? T{0} : arguments.epilogue.bias[channel]);
    }
    multiply(planned, positions, arguments, strip);
    store_cut(planned, part, index, positions, arguments);
}

/// What of the results of the positions that are not stored yet is inside the target.
template <class T>
void PhasePass<T>::store_cut(const PlannedSweep& planned, const Part& part, std::int64_t strip,
                             const Positions& positions, const Arguments& arguments) const {
    const Sweep& sweep = planned.sweep;
    const PhaseBlocks& b = planned.blocks;
    const std::size_t last = sweep.axes.size() - 1;
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    const std::int64_t extent = sweep.target_extent[last], step = sweep.target_step[last];
    const std::int64_t rows = last > 0 ? sweep.target_extent[0] : 1, row_step = last > 0 ? sweep.target_step[0] : 0;
    const std::int64_t end_run = std::min(b.runs, (strip + 1) * b.strip_runs);
    const T* results = arguments.results;
    for (std::int64_t run = strip * b.strip_runs; run < end_run; ++run, results += b.run) {
        const Phase& phase = sweep.phases[static_cast<std::size_t>(run * b.run % phases)];
        const std::int64_t channel = part.group * sweep.target_channels + run * b.run / phases;
        T* const plane =
            arguments.target + (part.image * sweep.groups * sweep.target_channels + channel) * rows * extent;
        for (auto i = static_cast<std::size_t>(positions.direct); i < positions.all.size(); ++i) {
            const Position& p = positions.all[i];
            const std::int64_t row = last > 0 ? p.row * row_step + phase.offset[0] : 0;
            if (row < 0 || row >= rows) {
                continue;
            }
            const std::int64_t first = p.column * step + phase.offset[last];
            const std::int64_t begin = std::clamp<std::int64_t>(-first, 0, step);
            const std::int64_t end = std::clamp<std::int64_t>(extent - first, begin, step);
            const T* const from = results + static_cast<std::int64_t>(i) * b.strip_columns;
            T* const to = plane + row * extent + first;
            std::copy(from + begin, from + end, to + begin);
        }
    }
}

template <class T>
void PhasePass<T>::multiply(const PlannedSweep& planned, const Positions& positions, const Arguments& arguments,
                            const Strip& strip) const {
    const Sweep& sweep = planned.sweep;
    const PhaseBlocks& b = planned.blocks;
    const auto count = static_cast<std::int64_t>(positions.all.size());
    for (std::int64_t channel = 0; channel < sweep.channels; channel += b.channels) {
        const std::int64_t channels = std::min(b.channels, sweep.channels - channel);
        const bool last = channel + channels == sweep.channels;
        const T* const block = arguments.source + channel * b.source_rows * b.pitch;
        const T* const filters = arguments.weights + channel * sweep.taps() * strip.columns;
        cpu::PiecesTile<T> tile{};
        cpu::LinesTile<T>& product = tile.product;
        product.lines = b.row_taps;
        product.length = b.column_taps * channels;
        product.line_stride = b.row_step * b.pitch * channels;
        product.c.stride = b.strip_columns;
        product.c.accumulate = channel > 0;
        product.c.slope = last ? arguments.epilogue.slope : T{1};
        tile.piece = static_cast<int>(b.piece);
        tile.target = arguments.target;
        for (std::int64_t column = 0; column < strip.columns; column += b.panel) {
            const std::int64_t width = std::min(b.panel, strip.columns - column);
            product.vectors = static_cast<int>(width / kernels_.lanes);
            product.b = filters + column * channels * sweep.taps();
            product.c.column_bias = strip.bias.data() + column;
            tile.places = strip.places.data() + column / b.piece;
            for (std::int64_t position = 0; position < count; position += b.tile_rows) {
                product.rows = static_cast<int>(std::min(b.tile_rows, count - position));
                for (int r = 0; r < product.rows; ++r) {
                    const Position& p = positions.all[static_cast<std::size_t>(position + r)];
                    product.a[r] = block + p.source * channels;
                    tile.offsets[r] = p.target;
                }
                product.c.data = arguments.results + position * b.strip_columns + column;
                if (last && position < positions.direct) {
                    kernels_.multiply_pieces(tile);
                } else {
                    kernels_.multiply_lines(product);
                }
            }
        }
    }
}

template class PhasePass<float>;
template class PhasePass<double>;

}  // namespace convnet::direct
