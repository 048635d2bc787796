// Convolution as im2col and matrix products, on any device. Caffe's method, with three differences: columns are tiled
// to a workspace limit, one product serves many images, and windows that need no columns get none.
#pragma once

#include "engines/engine.hpp"

namespace convnet {

class GemmEngine final : public Engine {
public:
    EngineKind kind() const noexcept override { return EngineKind::gemm; }
    const char* name() const noexcept override { return "gemm"; }
    bool supports(const ConvolutionProblem& problem, Device& device, std::string& why) const override;
    std::unique_ptr<const Plan> plan(const ConvolutionProblem& problem, Device& device) const override;
};

}  // namespace convnet
