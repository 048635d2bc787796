// cuDNN on a CUDA device. The plug-in does the work; here is what the core sees of it.
#pragma once

#include "engines/engine.hpp"

namespace convnet {

class CudnnEngine final : public Engine {
public:
    EngineKind kind() const noexcept override { return EngineKind::cudnn; }
    const char* name() const noexcept override { return "cudnn"; }
    bool supports(const ConvolutionProblem& problem, Device& device, std::string& why) const override;
    std::unique_ptr<const Plan> plan(const ConvolutionProblem& problem, Device& device) const override;
};

}  // namespace convnet
