// One window covers the whole input: each image is one column, so the batch is one matrix product per group and no
// workspace is taken. The mirror is a deconvolution whose bottom is 1x1. With channels last, 1x1 convolution is the same:
// every position is an image of its own.
#pragma once

#include "engines/gemm/gemm_plan.hpp"

namespace convnet {

class FullPlan final : public GemmPlan {
public:
    /// `algorithm` is what it is called.
    FullPlan(const ConvolutionProblem& problem, Device& device, const char* algorithm)
        : GemmPlan(problem, device), algorithm_(algorithm) {}

    Algorithms algorithms() const noexcept override;
    std::int64_t workspace_bytes() const noexcept override { return 0; }
    std::int64_t prepared_bytes(WeightUse use) const noexcept override;
    void prepare(WeightUse use, const void* w, void* prepared) const override;
    void forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const override;
    void backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const override;
    void backward_filter(const void* x, const void* dy, void* dw) const override;

private:
    GemmArguments product() const;
    GemmArguments product(WeightUse use, const void* w) const;
    template <class Pointer>
    Matrices<Pointer> images(Pointer x) const;
    template <class Pointer>
    Matrices<Pointer> outputs(Pointer y) const;
    template <class Pointer>
    Matrices<Pointer> filters(Pointer w) const;

    const char* const algorithm_;
};

}  // namespace convnet
