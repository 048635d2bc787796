// A problem with the algorithms of its passes chosen.
#pragma once

#include <array>
#include <atomic>

#include "engines/cudnn/chooser.hpp"
#include "engines/cudnn/handles.hpp"

namespace convnet::cudnn {

/// The argument that an error names when all is done but the epilogue.
inline constexpr const char* epilogue_argument = "epilogue";

/// Used by any number of threads and streams at once, each with workspace of its own. `handles` must outlive it.
class Plan {
public:
    /// Autotunes with memory of `allocator` when `limits` says so. Throws `unsupported` when a pass has no algorithm.
    Plan(const Library& library, Handles& handles, const cn_cuda_problem& problem, const cn_cudnn_limits& limits,
         const cn_cuda_allocator* allocator);

    /// The best algorithm of a pass for this much workspace, of those that cuDNN has not refused to run. Throws
    /// `unsupported` when there is none.
    const Candidate& algorithm(Pass pass, std::int64_t workspace_bytes) const;

    // Each takes the best algorithm that fits launch.workspace_bytes, and the next when cuDNN refuses to run it or lacks
    // memory of its own for it. The slope of an epilogue is 1, or, with a bias in forward, 0.
    void forward(const cn_cudnn_launch& launch, const void* x, const void* w, const cn_cuda_epilogue& epilogue,
                 void* y) const;
    void backward_data(const cn_cudnn_launch& launch, const void* dy, const void* w, const cn_cuda_epilogue& epilogue,
                       void* dx) const;
    void backward_filter(const cn_cudnn_launch& launch, const void* x, const void* dy, void* dw) const;

private:
    const Candidate* next(Pass pass, std::int64_t workspace_bytes, const Candidate* after) const noexcept;

    template <class Run>
    void run(Pass pass, const cn_cudnn_launch& launch, const Run& run) const;

    const std::vector<Candidate>& candidates(Pass pass) const { return candidates_[static_cast<std::size_t>(pass)]; }
    api::Status add_bias(api::Handle handle, api::Tensor bias_descriptor, const void* bias, api::Tensor descriptor,
                         void* data) const;
    api::Status convolve_with_epilogue(const Question& question, const Operands& operands, const Workspace& workspace,
                                       const Candidate& candidate, const cn_cuda_epilogue& epilogue) const;

    const Library& library_;
    Handles& handles_;
    const api::DataType compute_type_;
    Descriptors descriptors_;
    std::array<std::vector<Candidate>, CN_CUDA_PASSES> candidates_;
    // What cuDNN promised and then refused, learnt when it is first run: a bit for each candidate.
    mutable std::array<std::atomic<std::uint32_t>, CN_CUDA_PASSES> refused_{};
    mutable std::atomic<bool> fused_bias_refused_ = false, fused_relu_refused_ = false;
};

}  // namespace convnet::cudnn
