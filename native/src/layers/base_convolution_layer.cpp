#include "layers/base_convolution_layer.hpp"

#include <algorithm>

#include "devices/workspace_pool.hpp"
#include "geometry/error.hpp"

namespace convnet {

BaseConvolutionLayer::BaseConvolutionLayer(std::shared_ptr<Device> device, DataType type, ConvolutionOptions options)
    : Layer(std::move(device), type, options.bias_term ? 2 : 1), options_(std::move(options)) {
    check_options(options_);
}

Layer::Setup BaseConvolutionLayer::prepare(const Shape& bottom) {
    const Layout layout = layout_of(bottom, options_.axis, options_.layout);
    require(layout.channels % options_.group == 0, "group", "the input ", bottom.to_string(), " has ", layout.channels,
            " channels on axis ", layout.channel_axis, ", which group ", options_.group, " does not divide");
    const Window window = resolve_window(options_, layout.spatial_axes);
    const auto first_spatial = static_cast<std::size_t>(layout.first_spatial_axis),
               spatial_axes = static_cast<std::size_t>(layout.spatial_axes);
    const ConvolutionProblem problem =
        make_problem(layout, bottom.extents().subspan(first_spatial, spatial_axes), window);

    std::vector<std::int64_t> top(bottom.extents().begin(), bottom.extents().end());
    top[static_cast<std::size_t>(layout.channel_axis)] = options_.num_output;
    std::ranges::copy(top_extents(problem), top.begin() + layout.first_spatial_axis);
    std::vector<std::int64_t> filters{problem.out_channels, problem.in_channels_per_group()};
    for (const Axis& axis : problem.axes) {
        filters.push_back(axis.kernel);
    }
    Setup setup{Shape(top), {Shape(filters, "kernel")}};
    if (options_.bias_term) {
        setup.parameters.push_back(Shape{options_.num_output});
    }
    auto plan = make_plan(options_.engine, problem, device());
    FormKey form{plan->engine(), problem, device().workspace().limit_bytes(), device().plans_alike() ? nullptr : this};
    next_state_ = {
        std::move(plan), std::move(form),
        bias_extents(options_.layout, layout.batch, options_.num_output,
                     setup.top.count(layout.first_spatial_axis, layout.first_spatial_axis + layout.spatial_axes))};
    return setup;
}

void BaseConvolutionLayer::commit() noexcept {
    state_ = std::move(next_state_);
    prepared_weights_.set_key(std::move(state_.form));
}

const void* BaseConvolutionLayer::gradient_of_sums(const void* top, const void* top_diff) {
    if (!has_activation()) {
        return top_diff;
    }
    const std::int64_t count = top_shape().count(), bytes = count * static_cast<std::int64_t>(size_of(type()));
    if (sums_diff_.bytes() < bytes) {
        sums_diff_ = {};
        sums_diff_ = DeviceMemory(device(), bytes);
    }
    device().rectify_gradient(type(), count, top, top_diff, options_.slope(), sums_diff_.data());
    return sums_diff_.data();
}

void BaseConvolutionLayer::backward_bias(const void* top_diff) {
    void* const gradient = options_.bias_term ? parameter_diff(bias) : nullptr;
    if (gradient != nullptr) {
        device().sum_bias(type(), state_.bias, top_diff, gradient);
    }
}

}  // namespace convnet
