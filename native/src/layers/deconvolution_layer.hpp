// Deconvolution: the convolution whose x is this layer's top and whose y is its bottom, run backwards.
// out = stride*(in - 1) + E - 2 pad from weights [channels, num_output/group, kernel...].
#pragma once

#include "layers/base_convolution_layer.hpp"

namespace convnet {

class DeconvolutionLayer final : public BaseConvolutionLayer {
public:
    using BaseConvolutionLayer::BaseConvolutionLayer;

    Algorithms algorithms() const noexcept override;

private:
    ConvolutionProblem make_problem(const Layout& layout, std::span<const std::int64_t> spatial,
                                    const Window& window) const override;
    std::vector<std::int64_t> top_extents(const ConvolutionProblem& problem) const override;
    void forward_one(const void* bottom, void* top) override;
    void backward_one(const void* top_diff, const void* bottom, void* bottom_diff) override;
};

}  // namespace convnet
