#include "layers/im2col_layer.hpp"

#include "geometry/arithmetic.hpp"
#include "geometry/error.hpp"

namespace convnet {

Im2colLayer::Im2colLayer(std::shared_ptr<Device> device, DataType type, ConvolutionOptions options)
    : Layer(std::move(device), type, 0), options_(std::move(options)) {
    check_window(options_);
    require(options_.num_output == 0, "num_output", "num_output is ", options_.num_output,
            ", but im2col has no outputs of its own; leave it 0");
    require(options_.group == 1, "group", "group is ", options_.group, ", but im2col has no groups; leave it 1");
    require(options_.activation == Activation::none, "activation",
            "im2col only copies, so it has no activation; leave it none");
    require(
        options_.layout == TensorLayout::channels_first, "layout",
        "layout is channels last, but the columns of im2col are channels first; give it tensors with channels first");
    require(options_.engine == EngineKind::automatic || options_.engine == EngineKind::gemm, "engine",
            "im2col is computed by the device itself; leave the engine automatic");
}

Layer::Setup Im2colLayer::prepare(const Shape& bottom) {
    const Layout layout = layout_of(bottom, options_.axis);
    require(!reshaped() || layout.channels == problem_.in_channels, "shape", "shape ", bottom.to_string(), " has ",
            layout.channels, " channels, but the layer was set up for ", problem_.in_channels,
            "; the number of channels cannot change");
    const auto spatial = bottom.extents().subspan(static_cast<std::size_t>(layout.channel_axis) + 1);
    const Window window = resolve_window(options_, layout.spatial_axes);

    std::int64_t rows = layout.channels;
    for (const std::int64_t kernel : window.kernel) {
        rows = checked_multiply(rows, kernel, "kernel");
    }
    ConvolutionProblem problem{type(),
                               layout.batch,
                               layout.channels,
                               1,
                               1,
                               convolution_axes(spatial, window),
                               options_.force_nd_im2col,
                               options_.accuracy};
    std::vector<std::int64_t> top(bottom.extents().begin(), bottom.extents().begin() + layout.channel_axis);
    top.push_back(rows);
    for (const Axis& axis : problem.axes) {
        top.push_back(axis.out);
    }
    Setup setup{Shape(top), {}};
    prepared_ = std::move(problem);
    return setup;
}

void Im2colLayer::commit() noexcept { problem_ = std::move(prepared_); }

void Im2colLayer::forward_one(const void* bottom, void* top) { device().im2col(problem_, everything(), bottom, top); }

void Im2colLayer::backward_one(const void* top_diff, const void*, void* bottom_diff) {
    if (bottom_diff != nullptr) {
        device().col2im(problem_, everything(), top_diff, bottom_diff, false);
    }
}

}  // namespace convnet
