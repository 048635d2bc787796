// A problem with the algorithms of its passes chosen.
#pragma once

#include <array>

#include "engines/cudnn/handles.hpp"
#include "engines/cudnn/tuner.hpp"

namespace convnet::cudnn {

/// Used by any number of threads and streams at once, each with workspace of its own. `handles` must outlive it.
class Plan {
public:
    /// Autotunes with memory of `allocator` when `limits` says so. Throws `unsupported` when a pass has no algorithm.
    Plan(const Library& library, Handles& handles, const cn_cuda_problem& problem, const cn_cudnn_limits& limits,
         const cn_cuda_allocator* allocator);

    /// The best algorithm of a work for this much workspace, of those that cuDNN has not refused to run, on operands that
    /// are `aligned` to CN_CUDA_ALIGNMENT bytes or not. Throws `unsupported` when there is none.
    const Candidate& algorithm(Work work, std::int64_t workspace_bytes, bool aligned = true) const;

    // Each takes the best algorithm that fits launch.workspace_bytes, and the next when cuDNN refuses to run it or lacks
    // memory of its own for it. The slope of an epilogue is 1, or, with a bias, 0.
    void forward(const cn_cudnn_launch& launch, const void* x, const void* w, const cn_cuda_epilogue& epilogue,
                 void* y) const;
    void backward_data(const cn_cudnn_launch& launch, const void* dy, const void* w, const cn_cuda_epilogue& epilogue,
                       void* dx) const;
    void backward_filter(const cn_cudnn_launch& launch, const void* x, const void* dy, void* dw) const;

private:
    void tune(const cn_cuda_problem& problem, const cn_cudnn_limits& limits, const cn_cuda_allocator& allocator,
              api::Handle handle);
    void run(Pass pass, const cn_cudnn_launch& launch, const Operands& operands,
             const cn_cuda_epilogue& epilogue) const;

    /// The first that fits, behind `after` when it is not null; null when there is none.
    const Candidate* next(Work work, std::int64_t workspace_bytes, bool aligned, const Candidate* after) const noexcept;

    Candidates& candidates(Work work) noexcept;
    const Candidates& candidates(Work work) const noexcept;

    const Library& library_;
    Handles& handles_;
    Descriptors descriptors_;
    std::array<std::array<Candidates, CN_CUDA_EPILOGUES>, CN_CUDA_PASSES> candidates_;  // best first
};

}  // namespace convnet::cudnn
