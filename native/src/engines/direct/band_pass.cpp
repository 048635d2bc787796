#include "engines/direct/band_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/biases.hpp"
#include "engines/direct/packed_filters.hpp"
#include "engines/direct/store.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {

template <class T>
BandPass<T>::BandPass(const ConvolutionProblem& problem, WeightUse use, std::vector<Sweep> sweeps)
    : problem_(problem), use_(use), kernels_(cpu::kernels<T>()), padding_(cpu::depthwise_kernels<T>()) {
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
                      const T* bias) const {
    const auto task = [&](std::int64_t index) {
        const PlannedSweep& planned = of_task(sweeps_, index, &PlannedSweep::first_task);
        run_task(planned, index - planned.first_task,
                 {source, prepared + planned.first_weight, target, bias,
                  context.workspace + ThreadPool::current_thread() * scratch_});
    };
    context.pool.run(tasks_, task, context.threads);
}

template <class T>
void BandPass<T>::run_task(const PlannedSweep& planned, std::int64_t task, const Arguments& arguments) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    const Band& band = blocks.band;
    const std::int64_t first_row = task % blocks.row_blocks * blocks.rows;
    task /= blocks.row_blocks;
    const std::int64_t first = task % band.bands() * band.rows();
    task /= band.bands();
    const std::int64_t group = task % sweep.groups, image = task / sweep.groups;
    const Part part{image,     group,
                    first_row, std::min(sweep.rows(), first_row + blocks.rows),
                    first,     std::min(band.rows(), band.all_rows() - first)};

    T* const results = arguments.scratch + blocks.source_elements;
    for (std::int64_t channel = 0; channel < sweep.channels; channel += blocks.packing.channels) {
        const std::int64_t channels = std::min(blocks.packing.channels, sweep.channels - channel);
        const T* const source =
            arguments.source + ((image * sweep.groups + group) * sweep.channels + channel) * sweep.source_positions();
        band.pad(padding_, source, channels, part.first, part.count, arguments.scratch);
        multiply(planned, part, channel, channels, arguments, results);
    }

    static thread_local std::vector<PanelRow> rows;
    rows.clear();
    for (std::int64_t row = 0; row < part.count; ++row) {
        rows.push_back({image, first + row, 0, static_cast<std::int32_t>(row * band.pitch()),
                        static_cast<std::int32_t>(sweep.axes.back().out)});
    }
    store_panel<T>(kernels_, sweep, rows, group, part.first_row, part.end_row, results, blocks.results_stride,
                   arguments.target);
}

template <class T>
void BandPass<T>::multiply(const PlannedSweep& planned, const Part& part, std::int64_t channel, std::int64_t channels,
                           const Arguments& arguments, T* results) const {
    const Sweep& sweep = planned.sweep;
    const BandBlocks& blocks = planned.blocks;
    const std::int64_t taps = sweep.taps(), lanes = kernels_.lanes, panel = kernels_.vectors;
    const T* const filters = arguments.packed + packed_offset(sweep, blocks.packing, part.group, channel, 0);
    std::int64_t vectors = ceil_divide(blocks.band.positions(part.count), lanes);
    for (std::int64_t first = 0; vectors > 0;) {
        // Four vectors are better two and two than three and one.
        const std::int64_t width = ceil_divide(vectors, ceil_divide(vectors, panel));
        for (std::int64_t row = part.first_row; row < part.end_row; row += blocks.packing.tile_rows) {
            const std::int64_t rows = std::min(blocks.packing.tile_rows, part.end_row - row);
            const Biases<T> biases(sweep, channel > 0 ? nullptr : arguments.bias, part.group, row, rows);
            kernels_.multiply_windows({static_cast<int>(rows),
                                       static_cast<int>(width),
                                       channels,
                                       taps,
                                       filters + row * channels * taps,
                                       arguments.scratch + first,
                                       blocks.band.plane(),
                                       blocks.band.offsets(),
                                       {results + (row - part.first_row) * blocks.results_stride + first,
                                        blocks.results_stride, channel > 0, biases.data()}});
        }
        first += width * lanes;
        vectors -= width;
    }
}

template class BandPass<float>;
template class BandPass<double>;

}  // namespace convnet::direct
