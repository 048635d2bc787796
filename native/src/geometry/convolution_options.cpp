#include "geometry/convolution_options.hpp"

#include <cmath>
#include <limits>

#include "geometry/error.hpp"

namespace convnet {
namespace {

// Larger values make no sense and would overflow the products below.
constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

void check_value(const char* name, std::int64_t value, std::int64_t least) {
    require(value >= least && value <= largest, name, name, " is ", value, "; it must be from ", least, " to ",
            largest);
}

void check_quantity(const char* name, const std::vector<std::int64_t>& values, std::int64_t least) {
    for (const std::int64_t value : values) {
        check_value(name, value, least);
    }
}

struct Pair {
    const char* name;
    const char* name_h;
    const char* name_w;
    const std::vector<std::int64_t>& values;
    std::int64_t h, w;
    bool both_needed;

    bool given() const { return h != 0 || w != 0; }
};

void check_pair(const Pair& pair) {
    if (!pair.given()) {
        return;
    }
    require(pair.values.empty(), pair.name, pair.name, " is given together with ", pair.name_h, " ", pair.h, " and ",
            pair.name_w, " ", pair.w, "; give one of the two forms");
    if (pair.both_needed) {
        require(pair.h != 0, pair.name_h, pair.name_w, " is ", pair.w, " but ", pair.name_h,
                " is missing (0); give both or neither");
        require(pair.w != 0, pair.name_w, pair.name_h, " is ", pair.h, " but ", pair.name_w,
                " is missing (0); give both or neither");
    }
    const std::int64_t least = pair.both_needed ? 1 : 0;
    check_value(pair.name_h, pair.h, least);
    check_value(pair.name_w, pair.w, least);
}

Pair kernel_of(const ConvolutionOptions& o) {
    return {"kernel", "kernel_h", "kernel_w", o.kernel, o.kernel_h, o.kernel_w, true};
}
Pair stride_of(const ConvolutionOptions& o) {
    return {"stride", "stride_h", "stride_w", o.stride, o.stride_h, o.stride_w, true};
}
Pair pad_of(const ConvolutionOptions& o) { return {"pad", "pad_h", "pad_w", o.pad, o.pad_h, o.pad_w, false}; }

std::vector<std::int64_t> spread(const char* name, const std::vector<std::int64_t>& values, int axes,
                                 std::int64_t missing) {
    const auto count = static_cast<std::size_t>(axes);
    if (values.size() <= 1) {
        return std::vector<std::int64_t>(count, values.empty() ? missing : values[0]);
    }
    require(values.size() == count, name, name, " has ", values.size(), " values, but the input has ", axes,
            " spatial axes; give one value, or one per spatial axis");
    return values;
}

std::vector<std::int64_t> spread(const Pair& pair, int axes, std::int64_t missing) {
    if (!pair.given()) {
        return spread(pair.name, pair.values, axes, missing);
    }
    require(axes == 2, pair.name_h, pair.name_h, " and ", pair.name_w, " are for two spatial axes, but the input has ",
            axes, "; use ", pair.name);
    return {pair.h, pair.w};
}

}  // namespace

void check_window(const ConvolutionOptions& options) {
    check_quantity("kernel", options.kernel, 1);
    check_quantity("stride", options.stride, 1);
    check_quantity("pad", options.pad, 0);
    check_quantity("dilation", options.dilation, 1);
    check_pair(kernel_of(options));
    check_pair(stride_of(options));
    check_pair(pad_of(options));
}

void check_options(const ConvolutionOptions& options) {
    check_window(options);
    check_value("num_output", options.num_output, 1);
    check_value("group", options.group, 1);
    require(options.num_output % options.group == 0, "num_output", "num_output ", options.num_output,
            " is not divisible by group ", options.group);
    // The gradient is told from the results alone: theirs must be the sign of the sums.
    require(std::isfinite(options.negative_slope) && options.negative_slope >= 0, "negative_slope",
            "negative_slope is ", options.negative_slope,
            "; it must be 0 or more, and finite, so that a result is above 0 where its sum is");
    require(options.activation == Activation::relu || options.negative_slope == 0, "negative_slope",
            "negative_slope is ", options.negative_slope,
            ", but there is no activation that has one; set the activation to relu, or leave the slope 0");
}

Window resolve_window(const ConvolutionOptions& options, int spatial_axes) {
    const Pair kernel = kernel_of(options);
    require(spatial_axes == 0 || kernel.given() || !options.kernel.empty(), "kernel",
            "kernel is missing; give one value, or one for each of the ", spatial_axes, " spatial axes");
    return {spread(kernel, spatial_axes, 1), spread(stride_of(options), spatial_axes, 1),
            spread(pad_of(options), spatial_axes, 0), spread("dilation", options.dilation, spatial_axes, 1)};
}

}  // namespace convnet
