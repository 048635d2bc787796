// The algorithms of cuDNN for one problem.
#pragma once

#include <array>
#include <atomic>

#include "devices/cuda/cuda_device.hpp"
#include "engines/engine.hpp"

namespace convnet {

/// What the plug-in is told about how algorithms may be chosen. The workspace limit is below 0 where there is none left.
cn_cudnn_limits cudnn_limits(const ConvolutionProblem& problem, const CudaDevice& device);

class CudnnPlan final : public Plan {
public:
    CudnnPlan(const ConvolutionProblem& problem, CudaDevice& device);
    CudnnPlan(const CudnnPlan&) = delete;
    CudnnPlan& operator=(const CudnnPlan&) = delete;
    ~CudnnPlan() override;

    EngineKind engine() const noexcept override { return EngineKind::cudnn; }
    const char* engine_name() const noexcept override { return "cudnn"; }
    std::int64_t prepared_bytes(WeightUse use) const noexcept override;
    WeightUse form_for(WeightUse) const noexcept override { return WeightUse::forward; }
    void prepare(WeightUse use, const void* w, void* prepared) const override;
    Algorithms algorithms() const noexcept override;  ///< Those that ran last; of what has not run, those planned.
    std::int64_t workspace_bytes() const noexcept override;
    void forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const override;
    void backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const override;
    void backward_filter(const void* x, const void* dy, void* dw) const override;

private:
    struct Algorithm {
        const char* name = "";
        std::int64_t workspace_bytes = 0;
    };

    /// A pass as the plug-in plans it.
    struct Work {
        std::int32_t pass, epilogue;  ///< CN_CUDA_FORWARD, CN_CUDA_BIAS and their like.
        bool aligned;                 ///< Its operands, to CN_CUDA_ALIGNMENT bytes.
    };

    /// What it takes when there are `most` bytes of workspace, of what cuDNN has not refused to run so far.
    Algorithm algorithm(const Work& work, std::int64_t most) const;

    /// The same for all the workspace that the device allows.
    Algorithm best(const Work& work) const noexcept;

    const char* name_of(std::int32_t pass) const noexcept;
    std::int64_t workspace_bytes_of(std::int32_t pass) const noexcept;

    /// Calls function(launch, scratch, error) with `scratch_bytes`, aligned to 256, and as much workspace as the work's
    /// best algorithm wants, or, when memory is short, the next one that fits.
    template <class Function>
    void run(const Work& work, std::int64_t scratch_bytes, const Function& function) const;

    /// The same for a pass whose output gets an epilogue: from cuDNN, or from the device where cuDNN cannot.
    template <class Function>
    void run_and_finish(std::int32_t pass, const Epilogue& epilogue, const BiasExtents& extents, bool aligned,
                        void* output, const Function& function) const;

    const ConvolutionProblem problem_;
    CudaDevice& device_;
    const cn_cudnn_table& cudnn_;
    const cn_cudnn_limits limits_;
    cn_cudnn_plan* plan_ = nullptr;
    // Until it says that it cannot: add a bias, and rectify with it.
    mutable std::atomic<bool> cudnn_adds_bias_ = true, cudnn_rectifies_ = true;
    mutable std::array<std::atomic<const char*>, CN_CUDA_PASSES> ran_{};  // the algorithm of each pass that last ran
};

}  // namespace convnet
