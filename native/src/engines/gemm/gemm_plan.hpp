// What the plans of the GEMM engine share.
#pragma once

#include "engines/engine.hpp"

namespace convnet {

class GemmPlan : public Plan {
public:
    GemmPlan(const ConvolutionProblem& problem, Device& device) : problem_(problem), device_(device) {}

    EngineKind engine() const noexcept final { return EngineKind::gemm; }
    const char* engine_name() const noexcept final { return "gemm"; }

protected:
    const ConvolutionProblem& problem() const noexcept { return problem_; }
    Device& device() const noexcept { return device_; }

    /// Does what is left to do with `channels` channels of `positions` elements, in place.
    void finish(const Epilogue& epilogue, void* output, std::int64_t channels, std::int64_t positions) const {
        if (epilogue.any()) {
            device_.add_bias(problem_.type, bias_extents(problem_.layout, problem_.batch, channels, positions), output,
                             epilogue.bias, epilogue.slope, output);
        }
    }

private:
    const ConvolutionProblem problem_;
    Device& device_;
};

}  // namespace convnet
