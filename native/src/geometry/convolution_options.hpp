// What a user says of a convolution or deconvolution, before any input is known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convnet {

enum class EngineKind : std::int32_t { automatic = 0, gemm = 1, cudnn = 2, direct = 3 };

/// How far results may be from exact arithmetic. Standard allows methods whose error is at most 1e-5 of the result, as
/// norms over the whole output; strict allows plain sums only.
enum class Accuracy : std::int32_t { standard = 0, strict = 1 };

/// What becomes of the sums: nothing, or what is above 0 stays and the rest is multiplied by the negative slope.
enum class Activation : std::int32_t { none = 0, relu = 1 };

/// The order of a tensor's axes: [batch..., channels, spatial...], or [batch..., spatial..., channels].
enum class TensorLayout : std::int32_t { channels_first = 0, channels_last = 1 };

/// Kernel, stride, pad and dilation hold one value for all spatial axes, one per axis, or none (the default). The _h
/// and _w forms are for exactly two spatial axes; 0 means not given.
struct ConvolutionOptions {
    std::int64_t num_output = 0;
    bool bias_term = true;
    std::vector<std::int64_t> kernel, stride, pad, dilation;
    std::int64_t kernel_h = 0, kernel_w = 0, stride_h = 0, stride_w = 0, pad_h = 0, pad_w = 0;
    std::int64_t group = 1;
    int axis = 1;
    bool force_nd_im2col = false;
    EngineKind engine = EngineKind::automatic;
    Accuracy accuracy = Accuracy::standard;
    Activation activation = Activation::none;
    float negative_slope = 0;
    TensorLayout layout = TensorLayout::channels_first;  ///< Of bottoms, tops and their gradients, not of weights.

    /// What sums that are not above 0 are multiplied by.
    double slope() const noexcept { return activation == Activation::relu ? double{negative_slope} : 1; }
};

/// Window parameters with one value per spatial axis.
struct Window {
    std::vector<std::int64_t> kernel, stride, pad, dilation;
};

/// Checks everything about the window that needs no input: values in range, and no quantity given in both forms.
void check_window(const ConvolutionOptions& options);

/// Checks num_output, group and the activation as well.
void check_options(const ConvolutionOptions& options);

/// One value per axis for `spatial_axes` axes; an Error names the parameter that does not fit them.
Window resolve_window(const ConvolutionOptions& options, int spatial_axes);

}  // namespace convnet
