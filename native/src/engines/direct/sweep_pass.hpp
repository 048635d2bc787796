// Forward and backward data as sweeps, on any problem that the direct engine takes.
#pragma once

#include <vector>

#include "engines/direct/pass.hpp"
#include "engines/direct/sweep_task.hpp"

namespace convnet::direct {

template <class T>
class SweepPass final : public DataPass<T> {
public:
    SweepPass(const ConvolutionProblem& problem, WeightUse use, std::vector<Sweep> sweeps);

    const char* algorithm() const noexcept override { return "implicit gemm"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, scratch_) + shared_;
    }
    std::int64_t prepared_elements() const noexcept override { return weights_; }
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    /// A sweep, how it is cut, and where its packed weights and its tasks begin among those of all sweeps.
    struct PlannedSweep {
        Sweep sweep;
        SweepBlocks blocks;
        std::int64_t first_weight, first_gather, first_task, first_shared;
    };

    const ConvolutionProblem problem_;
    const WeightUse use_;
    const cpu::Kernels<T>& kernels_;
    std::vector<PlannedSweep> sweeps_;
    bool begins_with_biases_ = false;  // where strides are longer than the kernel, no tap reaches some elements
    std::int64_t weights_ = 0, gathers_ = 0, tasks_ = 0, shared_ = 0, scratch_ = 0;
};

extern template class SweepPass<float>;
extern template class SweepPass<double>;

}  // namespace convnet::direct
