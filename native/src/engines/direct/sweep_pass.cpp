#include "engines/direct/sweep_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/packed_filters.hpp"

namespace convnet::direct {

template <class T>
SweepPass<T>::SweepPass(const ConvolutionProblem& problem, WeightUse use)
    : problem_(problem), use_(use), kernels_(cpu::kernels<T>()) {
    std::vector<Sweep> sweeps =
        use == WeightUse::forward ? std::vector{forward_sweep(problem)} : backward_data_sweeps(problem);
    for (Sweep& sweep : sweeps) {
        const SweepBlocks blocks(sweep, kernels_.rows, kernels_.vectors * kernels_.lanes);
        const std::int64_t weights = sweep.groups * sweep.rows() * sweep.depth();
        sweeps_.push_back({std::move(sweep), blocks, weights_, tasks_});
        weights_ += weights;
        tasks_ += blocks.tasks;
        scratch_ = std::max(scratch_, whole_lines(blocks.scratch_elements));
    }
}

template <class T>
void SweepPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    for (const PlannedSweep& planned : sweeps_) {
        T* const packed = prepared + planned.first_weight;
        pool.run(tiles(planned.sweep, kernels_.rows), [&](std::int64_t tile) {
            if (use_ == WeightUse::forward) {
                pack_forward(planned.sweep, kernels_.rows, tile, w, packed);
            } else {
                pack_backward_data(problem_, planned.sweep, kernels_.rows, tile, w, packed);
            }
        });
    }
}

template <class T>
const typename SweepPass<T>::PlannedSweep& SweepPass<T>::sweep_of_task(std::int64_t task) const {
    return *std::prev(std::upper_bound(sweeps_.begin(), sweeps_.end(), task,
                                       [](std::int64_t t, const PlannedSweep& s) { return t < s.first_task; }));
}

template <class T>
void SweepPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                       const T* bias) const {
    const auto task = [&](std::int64_t index) {
        const PlannedSweep& planned = sweep_of_task(index);
        run_task(kernels_, planned.sweep, planned.blocks, index - planned.first_task,
                 {source, prepared + planned.first_weight, target, bias, T{1}},
                 context.workspace + ThreadPool::current_thread() * scratch_);
    };
    context.pool.run(tasks_, task, context.threads);
}

template class SweepPass<float>;
template class SweepPass<double>;

}  // namespace convnet::direct
