// Convolution: out = floor((in + 2 pad - E) / stride) + 1 from weights [num_output, channels/group, kernel...].
#pragma once

#include "layers/base_convolution_layer.hpp"

namespace convnet {

class ConvolutionLayer final : public BaseConvolutionLayer {
public:
    using BaseConvolutionLayer::BaseConvolutionLayer;

    Algorithms algorithms() const noexcept override { return current_plan().algorithms(); }

private:
    ConvolutionProblem make_problem(const Layout& layout, std::span<const std::int64_t> spatial,
                                    const Window& window) const override;
    std::vector<std::int64_t> top_extents(const ConvolutionProblem& problem) const override;
    void forward_one(const void* bottom, void* top) override;
    void backward_one(const void* top_diff, const void* bottom, void* bottom_diff) override;
};

}  // namespace convnet
