#include "layers/bias_layer.hpp"

#include "geometry/error.hpp"

namespace convnet {

BiasLayer::BiasLayer(std::shared_ptr<Device> device, DataType type, int axis, int num_axes)
    : Layer(std::move(device), type, 1), axis_(axis), num_axes_(num_axes) {
    require(num_axes >= -1, "num_axes", "num_axes is ", num_axes, "; it must be 0 or more, or -1 for all");
}

Layer::Setup BiasLayer::prepare(const Shape& bottom) {
    // A scalar bias fits every input, a scalar one included.
    const int axis = num_axes_ == 0 && bottom.rank() == 0 ? 0 : bottom.canonical_axis(axis_);
    const int end = num_axes_ < 0 ? bottom.rank() : axis + num_axes_;
    require(end <= bottom.rank(), "num_axes", "num_axes is ", num_axes_, " from axis ", axis, ", but the input ",
            bottom.to_string(), " has ", bottom.rank(), " axes");
    prepared_ = {bottom.count(0, axis), bottom.count(axis, end), bottom.count(end, bottom.rank())};
    const auto dimensions =
        bottom.extents().subspan(static_cast<std::size_t>(axis), static_cast<std::size_t>(end - axis));
    return {bottom, {Shape(dimensions)}};
}

void BiasLayer::forward_one(const void* bottom, void* top) {
    device().add_bias(type(), extents_, bottom, parameter_data(0), 1, top);
}

void BiasLayer::backward_one(const void* top_diff, const void*, void* bottom_diff) {
    if (bottom_diff != nullptr && bottom_diff != top_diff) {
        device().copy(bottom_diff, top_diff, bottom_shape().count() * static_cast<std::int64_t>(size_of(type())));
    }
    if (void* const gradient = parameter_diff(0)) {
        device().sum_bias(type(), extents_, top_diff, gradient);
    }
}

}  // namespace convnet
