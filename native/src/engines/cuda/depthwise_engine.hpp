// Depthwise convolution on a CUDA device, by kernels of our own.
#pragma once

#include "engines/engine.hpp"

namespace convnet {

class DepthwiseEngine final : public Engine {
public:
    EngineKind kind() const noexcept override { return EngineKind::direct; }
    const char* name() const noexcept override { return "direct"; }
    bool supports(const ConvolutionProblem& problem, Device& device, std::string& why) const override;
    std::unique_ptr<const Plan> plan(const ConvolutionProblem& problem, Device& device) const override;
};

}  // namespace convnet
