// One convolution with everything known: what engines plan and devices gather columns of.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "geometry/column_index.hpp"
#include "geometry/convolution_options.hpp"
#include "geometry/data_type.hpp"
#include "geometry/shape.hpp"

namespace convnet {

inline constexpr int max_spatial_axes = 8;

/// x is [batch, in_channels, in...], weights [out_channels, in_channels/groups, kernel...] and
/// y [batch, out_channels, out...]; with channels last, x is [batch, in..., in_channels] and y [batch, out...,
/// out_channels]. A deconvolution is the problem whose x is its top and whose y is its bottom.
struct ConvolutionProblem {
    DataType type = DataType::float32;
    std::int64_t batch = 1, in_channels = 1, out_channels = 1, groups = 1;
    std::vector<Axis> axes;
    bool force_nd = false;
    Accuracy accuracy = Accuracy::standard;
    TensorLayout layout = TensorLayout::channels_first;
    bool transposed = false;  ///< A deconvolution's: its forward pass is backward data here.

    std::int64_t in_positions() const;   ///< Elements of one channel of x.
    std::int64_t out_positions() const;  ///< Elements of one channel of y.
    std::int64_t taps() const;           ///< Elements of a kernel.

    std::int64_t in_channels_per_group() const { return in_channels / groups; }
    std::int64_t out_channels_per_group() const { return out_channels / groups; }

    /// Rows of the column matrix of one group: taps of all its input channels.
    std::int64_t column_rows_per_group() const { return in_channels_per_group() * taps(); }

    bool channels_last() const { return layout == TensorLayout::channels_last; }

    /// Kernel 1, stride 1, pad 0 on every axis: the columns are x itself.
    bool is_identity() const;

    /// One window that covers the whole input without padding or gaps: the columns are x itself, one per image.
    bool is_full() const;

    /// "float32 2x(64 -> 128)/1, 56x56 k3x3 s1x1 p1x1 d1x1"
    std::string to_string() const;

    bool operator==(const ConvolutionProblem&) const = default;
};

/// What the axes of a shape are, checked against the limits of this library.
struct Layout {
    int channel_axis = 0;
    int first_spatial_axis = 1;
    int spatial_axes = 0;
    std::int64_t batch = 1;  ///< Product of the axes before those of an image.
    std::int64_t channels = 1;
};

/// `axis` is the first one of an image: the channels', or the first spatial one where channels are last.
Layout layout_of(const Shape& shape, int axis, TensorLayout order = TensorLayout::channels_first);

/// Extent of a convolution's output on one axis; may be zero or negative.
std::int64_t convolved_extent(const Axis& axis);

/// Extent of a deconvolution's output for the input extent `in` and an axis' kernel, stride, pad and dilation.
std::int64_t deconvolved_extent(std::int64_t in, const Axis& axis);

/// The axes of a convolution that reads `in`. An Error names the axis whose output would be empty.
std::vector<Axis> convolution_axes(std::span<const std::int64_t> in, const Window& window);

/// The axes of the convolution whose transpose reads `in`: Axis::out is `in`, Axis::in what the transpose writes.
std::vector<Axis> deconvolution_axes(std::span<const std::int64_t> in, const Window& window);

}  // namespace convnet
