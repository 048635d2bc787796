// A problem with the algorithms of its passes chosen.
#pragma once

#include <array>
#include <mutex>

#include "engines/cudnn/handles.hpp"
#include "engines/cudnn/tuner.hpp"

namespace convnet::cudnn {

/// Used by any number of threads and streams at once, each with workspace of its own. `handles` must outlive it.
class Plan {
public:
    /// Throws `unsupported` when a pass has no algorithm.
    Plan(const Library& library, Handles& handles, const cn_cuda_problem& problem, const cn_cudnn_limits& limits);

    /// Chooses by time, on `stream` and with memory of `allocator`, when the limits say so and it was not done before.
    /// Who asks for the same at once waits for that.
    void tune(Work work, const cn_cuda_allocator& allocator, api::Stream stream) const;

    /// The best algorithm of a work for this much workspace, of those that cuDNN has not refused to run, on operands that
    /// are `aligned` to CN_CUDA_ALIGNMENT bytes or not. Throws `unsupported` when there is none.
    std::shared_ptr<const Candidate> algorithm(Work work, std::int64_t workspace_bytes, bool aligned = true) const;

    // Each takes the best algorithm that fits launch.workspace_bytes, and the next when cuDNN refuses to run it or lacks
    // memory of its own for it. The slope of an epilogue is 1, or, with a bias, 0.
    void forward(const cn_cudnn_launch& launch, const void* x, const void* w, const cn_cuda_epilogue& epilogue,
                 void* y) const;
    void backward_data(const cn_cudnn_launch& launch, const void* dy, const void* w, const cn_cuda_epilogue& epilogue,
                       void* dx) const;
    void backward_filter(const cn_cudnn_launch& launch, const void* x, const void* dy, void* dw) const;

private:
    /// The candidates of a work, best first. Those of one that is tuned are new, and the old stay while they are used.
    struct Choices {
        std::mutex mutex;
        bool tuned = false;
        std::shared_ptr<const Candidates> best;
    };

    Choices& choices(Work work) const noexcept;
    std::shared_ptr<const Candidates> candidates(Work work) const;
    void run(Pass pass, const cn_cudnn_launch& launch, const Operands& operands,
             const cn_cuda_epilogue& epilogue) const;

    const Library& library_;
    Handles& handles_;
    const cn_cuda_problem problem_;
    const cn_cudnn_limits limits_;
    Descriptors descriptors_;
    mutable std::array<std::array<Choices, CN_CUDA_EPILOGUES>, CN_CUDA_PASSES> choices_;
};

}  // namespace convnet::cudnn
