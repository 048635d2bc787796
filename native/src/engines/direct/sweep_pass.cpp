#include "engines/direct/sweep_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/packed_filters.hpp"
#include "geometry/rectifier.hpp"

namespace convnet::direct {
template <class T>
SweepPass<T>::SweepPass(const ConvolutionProblem& problem, WeightUse use, std::vector<Sweep> sweeps)
    : problem_(problem), use_(use), kernels_(cpu::kernels<T>()) {
    const auto count = static_cast<std::int64_t>(sweeps.size());
    for (Sweep& sweep : sweeps) {
        if (sweep.taps() == 0) {
            begins_with_biases_ = true;
            continue;
        }
        const SweepBlocks blocks(sweep, kernels_.lanes, kernels_.rows, kernels_.vectors, count);
        const std::int64_t weights = sweep.groups * sweep.rows() * sweep.depth();
        const std::int64_t gathers = gather_tasks(sweep, blocks);
        sweeps_.push_back({std::move(sweep), blocks, weights_, gathers_, tasks_, shared_});
        weights_ += weights;
        gathers_ += gathers;
        tasks_ += blocks.tasks;
        shared_ += whole_lines(blocks.shared_elements);
        scratch_ = std::max(scratch_, whole_lines(blocks.scratch_elements));
    }
}

template <class T>
void SweepPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    for (const PlannedSweep& planned : sweeps_) {
        pack_filters(pool, problem_, use_, planned.sweep, planned.blocks.packing(), w, prepared + planned.first_weight);
    }
}

template <class T>
void SweepPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                       const TargetEpilogue<T>& epilogue) const {
    T* const shared = context.shared(scratch_);
    const auto arguments = [&](const PlannedSweep& planned) {
        return SweepArguments<T>{source, prepared + planned.first_weight, target, epilogue,
                                 planned.blocks.shared_elements == 0 ? nullptr : shared + planned.first_shared};
    };
    const auto gather = [&](std::int64_t index) {
        const PlannedSweep& planned = of_task(sweeps_, index, &PlannedSweep::first_gather);
        run_gather_task(kernels_, planned.sweep, planned.blocks, index - planned.first_gather, arguments(planned));
    };
    const auto multiply = [&](std::int64_t index) {
        const PlannedSweep& planned = of_task(sweeps_, index, &PlannedSweep::first_task);
        const std::int64_t task = index - planned.first_task;
        run_task(kernels_, planned.sweep, planned.blocks, task, arguments(planned), context.own(scratch_));
    };
    if (begins_with_biases_) {
        const std::int64_t channels = problem_.in_channels, positions = problem_.in_positions();
        context.pool.run(
            problem_.batch * channels,
            [&](std::int64_t plane) {
                const T sum = epilogue.bias == nullptr ? T{0} : epilogue.bias[plane % channels];
                std::fill_n(target + plane * positions, positions, rectified(sum, sum, epilogue.slope));
            },
            context.threads);
    }
    context.pool.run(gathers_, gather, context.threads);
    context.pool.run(tasks_, multiply, context.threads);
}

template class SweepPass<float>;
template class SweepPass<double>;

}  // namespace convnet::direct
