#include "geometry/convolution_problem.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"

namespace convnet {
namespace {

template <class Extent>
std::int64_t product(const std::vector<Axis>& axes, Extent extent) {
    std::int64_t result = 1;
    for (const Axis& axis : axes) {
        result *= axis.*extent;
    }
    return result;
}

Axis axis_of(const Window& window, std::size_t i) {
    return {1, 1, window.kernel[i], window.stride[i], window.pad[i], window.dilation[i]};
}

std::int64_t effective_kernel(const Axis& axis) { return axis.dilation * (axis.kernel - 1) + 1; }

std::string describe(const Axis& axis) {
    return text("kernel ", axis.kernel, ", stride ", axis.stride, ", pad ", axis.pad, ", dilation ", axis.dilation);
}

}  // namespace

std::int64_t ConvolutionProblem::in_positions() const { return product(axes, &Axis::in); }
std::int64_t ConvolutionProblem::out_positions() const { return product(axes, &Axis::out); }
std::int64_t ConvolutionProblem::taps() const { return product(axes, &Axis::kernel); }

bool ConvolutionProblem::is_identity() const {
    return std::all_of(axes.begin(), axes.end(),
                       [](const Axis& a) { return a.kernel == 1 && a.stride == 1 && a.pad == 0; });
}

bool ConvolutionProblem::is_full() const {
    return std::all_of(axes.begin(), axes.end(), [](const Axis& a) {
        return a.kernel == a.in && a.pad == 0 && (a.dilation == 1 || a.kernel == 1) && a.out == 1;
    });
}

std::string ConvolutionProblem::to_string() const {
    std::string result =
        text(name_of(type), " ", batch, "x(", in_channels, " -> ", out_channels, ")/", groups, " spatial");
    for (const Axis& axis : axes) {
        result += text(" [", axis.in, " -> ", axis.out, ": ", describe(axis), "]");
    }
    if (channels_last()) {
        result += ", channels last";
    }
    return result;
}

Layout layout_of(const Shape& shape, int axis, TensorLayout order) {
    const bool channels_last = order == TensorLayout::channels_last;
    const int image_axis = shape.canonical_axis(axis), last_axis = shape.rank() - 1;
    Layout layout;
    layout.channel_axis = channels_last ? last_axis : image_axis;
    layout.first_spatial_axis = channels_last ? image_axis : image_axis + 1;
    layout.spatial_axes = last_axis - image_axis;
    require(layout.spatial_axes <= max_spatial_axes, "shape", "shape ", shape.to_string(), " has ", layout.spatial_axes,
            " spatial axes", channels_last ? " from axis " : " after channel axis ", image_axis, "; at most ",
            max_spatial_axes, " are possible");
    layout.batch = shape.count(0, image_axis);
    layout.channels = shape[layout.channel_axis];
    return layout;
}

std::int64_t convolved_extent(const Axis& axis) {
    const std::int64_t room = checked_add(axis.in, 2 * axis.pad - effective_kernel(axis), "shape");
    return floor_divide(room, axis.stride) + 1;
}

std::int64_t deconvolved_extent(std::int64_t in, const Axis& axis) {
    return checked_add(checked_multiply(axis.stride, in - 1, "shape"), effective_kernel(axis) - 2 * axis.pad, "shape");
}

std::vector<Axis> convolution_axes(std::span<const std::int64_t> in, const Window& window) {
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < in.size(); ++i) {
        Axis axis = axis_of(window, i);
        axis.in = in[i];
        axis.out = convolved_extent(axis);
        require(axis.out >= 1, "shape", "spatial axis ", i, " of extent ", axis.in, " leaves an output of extent ",
                axis.out, " with ", describe(axis), "; the padded input, ", axis.in + 2 * axis.pad,
                ", must cover the effective kernel, ", effective_kernel(axis));
        axes.push_back(axis);
    }
    return axes;
}

std::vector<Axis> deconvolution_axes(std::span<const std::int64_t> in, const Window& window) {
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < in.size(); ++i) {
        Axis axis = axis_of(window, i);
        axis.out = in[i];
        axis.in = deconvolved_extent(in[i], axis);
        require(axis.in >= 1, "shape", "spatial axis ", i, " of extent ", in[i], " leaves an output of extent ",
                axis.in, " with ", describe(axis), "; the padding that is removed must leave something");
        axes.push_back(axis);
    }
    return axes;
}

}  // namespace convnet
