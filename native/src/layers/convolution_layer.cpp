#include "layers/convolution_layer.hpp"

namespace convnet {

ConvolutionProblem ConvolutionLayer::make_problem(const Layout& layout, std::span<const std::int64_t> spatial,
                                                  const Window& window) const {
    return {type(),
            layout.batch,
            layout.channels,
            options().num_output,
            options().group,
            convolution_axes(spatial, window),
            options().force_nd_im2col,
            options().accuracy,
            options().layout};
}

std::vector<std::int64_t> ConvolutionLayer::top_extents(const ConvolutionProblem& problem) const {
    std::vector<std::int64_t> extents;
    for (const Axis& axis : problem.axes) {
        extents.push_back(axis.out);
    }
    return extents;
}

void ConvolutionLayer::forward_one(const void* bottom, void* top) {
    current_plan().forward(bottom, prepared(WeightUse::forward), top, epilogue());
}

void ConvolutionLayer::backward_one(const void* top_diff, const void* bottom, void* bottom_diff) {
    if (bottom_diff != nullptr) {
        current_plan().backward_data(top_diff, prepared(WeightUse::backward_data), bottom_diff, {});
    }
    if (void* const gradient = parameter_diff(weights)) {
        current_plan().backward_filter(bottom, top_diff, gradient);
    }
    backward_bias(top_diff);
}

}  // namespace convnet
