// Convolution on the CPU without a column matrix: columns are gathered a panel at a time, straight into the order in
// which register tiles read them, and weights are packed once.
#pragma once

#include "engines/engine.hpp"

namespace convnet {

class DirectEngine final : public Engine {
public:
    EngineKind kind() const noexcept override { return EngineKind::direct; }
    const char* name() const noexcept override { return "direct"; }
    bool supports(const ConvolutionProblem& problem, Device& device, std::string& why) const override;
    std::unique_ptr<const Plan> plan(const ConvolutionProblem& problem, Device& device) const override;
};

}  // namespace convnet
