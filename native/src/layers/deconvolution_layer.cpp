#include "layers/deconvolution_layer.hpp"

namespace convnet {

ConvolutionProblem DeconvolutionLayer::make_problem(const Layout& layout, std::span<const std::int64_t> spatial,
                                                    const Window& window) const {
    return {type(),
            layout.batch,
            options().num_output,
            layout.channels,
            options().group,
            deconvolution_axes(spatial, window),
            options().force_nd_im2col,
            options().accuracy,
            options().layout,
            true};
}

std::vector<std::int64_t> DeconvolutionLayer::top_extents(const ConvolutionProblem& problem) const {
    std::vector<std::int64_t> extents;
    for (const Axis& axis : problem.axes) {
        extents.push_back(axis.in);
    }
    return extents;
}

Algorithms DeconvolutionLayer::algorithms() const noexcept {
    const Algorithms mirrored = current_plan().algorithms();
    return {mirrored.backward_data, mirrored.forward, mirrored.backward_filter};
}

void DeconvolutionLayer::forward_one(const void* bottom, void* top) {
    current_plan().backward_data(bottom, prepared(WeightUse::backward_data), top, epilogue());
}

void DeconvolutionLayer::backward_one(const void* top_diff, const void* bottom, void* bottom_diff) {
    void* const gradient = parameter_diff(weights);
    if (bottom_diff != nullptr && gradient != nullptr) {
        current_plan().forward_with_filter_gradient(top_diff, prepared(WeightUse::forward), bottom_diff, bottom,
                                                    gradient);
    } else if (bottom_diff != nullptr) {
        current_plan().forward(top_diff, prepared(WeightUse::forward), bottom_diff, {});
    } else if (gradient != nullptr) {
        current_plan().backward_filter(top_diff, bottom, gradient);
    }
    backward_bias(top_diff);
}

}  // namespace convnet
