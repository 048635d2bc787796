#include "engines/direct/band_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "engines/direct/packed_filters.hpp"
#include "engines/direct/store.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {

template <class T>
BandPass<T>::BandPass(const ConvolutionProblem& problem, WeightUse use, std::vector<Sweep> sweeps)
    : problem_(problem), use_(use), kernels_(cpu::kernels<T>()) {
    for (Sweep& sweep : sweeps) {
        const BandBlocks blocks(sweep, kernels_.lanes, kernels_.rows);
        const std::int64_t weights = sweep.groups * sweep.rows() * sweep.depth();
        sweeps_.push_back({std::move(sweep), blocks, weights_, tasks_});
        weights_ += weights;
        tasks_ += blocks.tasks;
        scratch_ = std::max(scratch_, blocks.scratch_elements());
    }
}

template <class T>
void BandPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    for (const PlannedSweep& planned : sweeps_) {
        pack_filters(pool, problem_, use_, planned.sweep, planned.blocks.packing, w, prepared + planned.first_weight);
    }
}

template <class T>
void BandPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                      const TargetEpilogue<T>& epilogue) const {
    const auto task = [&](std::int64_t index) {
        const PlannedSweep& planned = of_task(sweeps_, index, &PlannedSweep::first_task);
        run_task(planned, index - planned.first_task,
                 {source, prepared + planned.first_weight, target, epilogue, context.own(scratch_)});
    };
    context.pool.run(tasks_, task, context.threads);
}

template <class T>
typename BandPass<T>::Part BandPass<T>::part_of(const PlannedSweep& planned, std::int64_t task) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    const std::int64_t first_row = task % blocks.row_blocks * blocks.rows;
    task /= blocks.row_blocks;
    const std::int64_t first = task % blocks.band.bands() * blocks.band.rows();
    task /= blocks.band.bands();
    return {task / sweep.groups,
            task % sweep.groups,
            first_row,
            std::min(sweep.rows(), first_row + blocks.rows),
            first,
            std::min(blocks.band.rows(), blocks.band.all_rows() - first)};
}

/// The first plane that a part reads of a channel.
template <class T>
const T* BandPass<T>::plane_of(const Sweep& sweep, const Part& part, std::int64_t channel, const T* source) const {
    return source + ((part.image * sweep.groups + part.group) * sweep.channels + channel) * sweep.source_positions();
}

template <class T>
void BandPass<T>::run_task(const PlannedSweep& planned, std::int64_t task, const Arguments& arguments) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    // The same thread probably runs the next task too.
    const Part part = part_of(planned, task), next = part_of(planned, std::min(task + 1, blocks.tasks - 1));
    const Results results = results_of(planned, part, arguments);
    const T* const source_end =
        arguments.source + sweep.images * sweep.groups * sweep.channels * sweep.source_positions();
    for (std::int64_t channel = 0; channel < sweep.channels; channel += blocks.packing.channels) {
        const std::int64_t channels = std::min(blocks.packing.channels, sweep.channels - channel);
        const Windows<T> windows = blocks.band.windows(kernels_, plane_of(sweep, part, channel, arguments.source),
                                                       source_end, channels, part.first, part.count, arguments.scratch);
        const bool last = channel + channels == sweep.channels;
        const Part& after = last ? next : part;
        const Range ahead = blocks.band.elements(after.first, after.count);
        multiply(planned, part, channel, channels, arguments, windows, results,
                 {plane_of(sweep, after, last ? 0 : channel + channels, arguments.source) + ahead.begin,
                  ahead.end - ahead.begin});
    }

    if (blocks.in_lines) {
        return;
    }
    auto& rows = cpu::per_thread<std::vector<PanelRow>>();
    rows.clear();
    for (std::int64_t row = 0; row < part.count; ++row) {
        rows.push_back({part.image, part.first + row, 0, static_cast<std::int32_t>(row * blocks.band.pitch()),
                        static_cast<std::int32_t>(sweep.axes.back().out)});
    }
    store_panel<T>(kernels_, sweep, rows, part.group, part.first_row, part.end_row, results.data, results.stride,
                   arguments.target);
}

/// Where the sums of a part are: in the target, where they stay as they are.
template <class T>
typename BandPass<T>::Results BandPass<T>::results_of(const PlannedSweep& planned, const Part& part,
                                                      const Arguments& arguments) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    if (!blocks.in_lines || blocks.in_pairs) {
        return {arguments.scratch + blocks.source_elements, blocks.results_stride, blocks.results_pitch};
    }
    const std::int64_t positions = sweep.positions(), columns = sweep.axes.back().out;
    const std::int64_t plane = (part.image * sweep.groups + part.group) * sweep.target_channels + part.first_row;
    return {arguments.target + plane * positions + part.first * columns, positions, columns};
}

template <class T>
void BandPass<T>::multiply(const PlannedSweep& planned, const Part& part, std::int64_t channel, std::int64_t channels,
                           const Arguments& arguments, const Windows<T>& windows, const Results& results,
                           const Ahead& ahead) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    const std::int64_t taps = sweep.taps(), lanes = kernels_.lanes, panel = kernels_.vectors;
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    const bool last = channel + channels == sweep.channels;
    const T* const filters = arguments.packed + packed_offset(sweep, blocks.packing, part.group, channel, 0);
    auto& pairs = cpu::per_thread<std::vector<Pair>>();
    if (last && blocks.in_pairs) {
        find_pairs(sweep, part, arguments.target, pairs);
    }
    auto& biases = cpu::per_thread<std::vector<T>>();
    biases.clear();
    for (std::int64_t row = part.first_row; channel == 0 && arguments.epilogue.bias != nullptr && row < part.end_row;
         ++row) {
        biases.push_back(arguments.epilogue.bias[part.group * sweep.target_channels + row / phases]);
    }
    // Positions of all lines in one, or of each.
    const std::int64_t lines = blocks.in_lines ? part.count : 1;
    const std::int64_t positions = blocks.in_lines ? sweep.axes.back().out : blocks.band.positions(part.count);
    const std::int64_t all_vectors = ceil_divide(positions, lanes);
    // Each tile fetches its share of every channel.
    const std::int64_t tiles =
        lines * ceil_divide(all_vectors, panel) * ceil_divide(part.end_row - part.first_row, blocks.packing.tile_rows);
    const std::int64_t step = ceil_divide(ahead.elements, tiles * taps);
    const T slope = last ? arguments.epilogue.slope : T{1};
    const T* share = ahead.data;
    for (std::int64_t line = 0; line < lines; ++line) {
        std::int64_t vectors = all_vectors;
        for (std::int64_t first = 0; vectors > 0;) {
            // Four vectors are better two and two than three and one.
            const std::int64_t width = ceil_divide(vectors, ceil_divide(vectors, panel));
            for (std::int64_t row = part.first_row; row < part.end_row; row += blocks.packing.tile_rows) {
                const std::int64_t rows = std::min(blocks.packing.tile_rows, part.end_row - row);
                const cpu::WindowTile<T> tile{
                    static_cast<int>(rows),
                    static_cast<int>(width),
                    channels,
                    taps,
                    filters + row * channels * taps,
                    windows.data + line * blocks.band.pitch() + first,
                    windows.plane,
                    blocks.band.offsets(),
                    share,
                    sweep.source_positions(),
                    step,
                    {results.data + (row - part.first_row) * results.stride + line * results.pitch + first,
                     results.stride, channel > 0, biases.empty() ? nullptr : biases.data() + (row - part.first_row),
                     slope}};
                if (blocks.in_pairs) {
                    const Pair* const pair = last ? pairs.data() + (row - part.first_row) / 2 : nullptr;
                    kernels_.multiply_pairs(in_pairs(sweep, pair, part.first + line, first, tile));
                } else {
                    kernels_.multiply_windows(tile);
                }
                share += step * taps;
            }
            first += width * lanes;
            vectors -= width;
        }
    }
}

/// Where the pairs of rows of a part go.
template <class T>
void BandPass<T>::find_pairs(const Sweep& sweep, const Part& part, T* target, std::vector<Pair>& pairs) const {
    const std::size_t last = sweep.axes.size() - 1;
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    pairs.clear();
    for (std::int64_t row = part.first_row; row < part.end_row; row += 2) {
        const Phase& phase = sweep.phases[static_cast<std::size_t>(row % phases)];
        const std::int64_t plane = (part.image * sweep.groups + part.group) * sweep.target_channels + row / phases;
        pairs.push_back({target + plane * sweep.target_positions(), last > 0 ? phase.offset[0] : 0});
    }
}

/// The tile with what it stores: positions of line `line` from `first` on, in turns where that is the last of their sums.
template <class T>
cpu::PairsTile<T> BandPass<T>::in_pairs(const Sweep& sweep, const Pair* pair, std::int64_t line, std::int64_t first,
                                        const cpu::WindowTile<T>& tile) const {
    const std::size_t last = sweep.axes.size() - 1;
    const std::int64_t extent = sweep.target_extent[last], lines = last > 0 ? sweep.target_extent[0] : 1;
    const std::int64_t begin = sweep.phases.front().offset[last] + 2 * first;
    const std::int64_t step = last > 0 ? sweep.target_step[0] : 0;
    cpu::PairsTile<T> result{tile, sweep.staggered ? sweep.axes.back().kernel : 0, pair != nullptr, {}, {}, 0, 0};
    for (int v = 0; v < tile.vectors; ++v) {
        result.places[v] = 2 * v * kernels_.lanes;
    }
    result.begin = std::max<std::int64_t>(0, -begin);
    result.end = std::min(2 * (sweep.axes.back().out - first), extent - begin);
    result.whole = result.begin == 0 && result.end >= 2 * tile.vectors * kernels_.lanes;
    for (int i = 0; result.in_turns && 2 * i < tile.rows; ++i) {
        const std::int64_t to = line * step + pair[i].first_line;
        result.lines[i] = to < 0 || to >= lines ? nullptr : pair[i].plane + to * extent + begin;
        result.whole = result.whole && result.lines[i] != nullptr;
    }
    return result;
}

template class BandPass<float>;
template class BandPass<double>;

}  // namespace convnet::direct
