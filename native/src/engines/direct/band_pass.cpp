#include "engines/direct/band_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "engines/direct/biases.hpp"
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
        run_task(planned, index - planned.first_task, index - planned.first_task + context.threads,
                 {source, prepared + planned.first_weight, target, epilogue,
                  context.workspace + ThreadPool::current_thread() * scratch_});
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
void BandPass<T>::run_task(const PlannedSweep& planned, std::int64_t task, std::int64_t next_task,
                           const Arguments& arguments) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    const Part part = part_of(planned, task), next = part_of(planned, std::min(next_task, blocks.tasks - 1));
    T* const results = arguments.scratch + blocks.source_elements;
    for (std::int64_t channel = 0; channel < sweep.channels; channel += blocks.packing.channels) {
        const std::int64_t channels = std::min(blocks.packing.channels, sweep.channels - channel);
        blocks.band.pad(kernels_, plane_of(sweep, part, channel, arguments.source), channels, part.first, part.count,
                        arguments.scratch);
        const bool last = channel + channels == sweep.channels;
        const Part& after = last ? next : part;
        const Range ahead = blocks.band.elements(after.first, after.count);
        multiply(planned, part, channel, channels, arguments, results,
                 {plane_of(sweep, after, last ? 0 : channel + channels, arguments.source) + ahead.begin,
                  ahead.end - ahead.begin});
    }

    auto& rows = cpu::per_thread<std::vector<PanelRow>>();
    rows.clear();
    for (std::int64_t row = 0; row < part.count; ++row) {
        rows.push_back({part.image, part.first + row, 0, static_cast<std::int32_t>(row * blocks.band.pitch()),
                        static_cast<std::int32_t>(sweep.axes.back().out)});
    }
    store_panel<T>(kernels_, sweep, rows, part.group, part.first_row, part.end_row, results, blocks.results_stride,
                   arguments.target);
}

template <class T>
void BandPass<T>::multiply(const PlannedSweep& planned, const Part& part, std::int64_t channel, std::int64_t channels,
                           const Arguments& arguments, T* results, const Ahead& ahead) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    const std::int64_t taps = sweep.taps(), lanes = kernels_.lanes, panel = kernels_.vectors;
    const T* const filters = arguments.packed + packed_offset(sweep, blocks.packing, part.group, channel, 0);
    std::int64_t vectors = ceil_divide(blocks.band.positions(part.count), lanes);
    // Each tile fetches its share of every channel.
    const std::int64_t tiles =
        ceil_divide(vectors, panel) * ceil_divide(part.end_row - part.first_row, blocks.packing.tile_rows);
    const std::int64_t step = ceil_divide(ahead.elements, tiles * taps);
    const T slope = channel + channels == sweep.channels ? arguments.epilogue.slope : T{1};
    const T* share = ahead.data;
    for (std::int64_t first = 0; vectors > 0;) {
        // Four vectors are better two and two than three and one.
        const std::int64_t width = ceil_divide(vectors, ceil_divide(vectors, panel));
        for (std::int64_t row = part.first_row; row < part.end_row; row += blocks.packing.tile_rows) {
            const std::int64_t rows = std::min(blocks.packing.tile_rows, part.end_row - row);
            const Biases<T> biases(sweep, channel > 0 ? nullptr : arguments.epilogue.bias, part.group, row, rows);
            kernels_.multiply_windows({static_cast<int>(rows),
                                       static_cast<int>(width),
                                       channels,
                                       taps,
                                       filters + row * channels * taps,
                                       arguments.scratch + first,
                                       blocks.band.plane(),
                                       blocks.band.offsets(),
                                       share,
                                       sweep.source_positions(),
                                       step,
                                       {results + (row - part.first_row) * blocks.results_stride + first,
                                        blocks.results_stride, channel > 0, biases.data(), slope}});
            share += step * taps;
        }
        first += width * lanes;
        vectors -= width;
    }
}

template class BandPass<float>;
template class BandPass<double>;

}  // namespace convnet::direct
