// The index arithmetic of im2col and col2im. CPU loops and CUDA kernels call these same functions.
#pragma once

#include <cstdint>
#include <type_traits>

#include "geometry/host_device.hpp"

namespace convnet {

/// One spatial axis of a convolution: it reads `in` elements and writes `out`. GPUs count in 32 bits where they can.
template <class Index>
struct BasicAxis {
    Index in = 1, out = 1, kernel = 1, stride = 1, pad = 0, dilation = 1;

    bool operator==(const BasicAxis&) const = default;
};

using Axis = BasicAxis<std::int64_t>;

/// Which input element output `out` reads through kernel tap `tap`; it lies in the padding when it is not in [0, in).
template <class Index>
CONVNET_HOST_DEVICE inline Index input_index(const BasicAxis<Index>& axis, std::type_identity_t<Index> out,
                                             std::type_identity_t<Index> tap) {
    return out * axis.stride - axis.pad + tap * axis.dilation;
}

/// Which output reads input element `in` through kernel tap `tap`, or -1 when none does.
template <class Index>
CONVNET_HOST_DEVICE inline Index output_index(const BasicAxis<Index>& axis, std::type_identity_t<Index> in,
                                              std::type_identity_t<Index> tap) {
    const Index distance = in + axis.pad - tap * axis.dilation;
    if (distance < 0 || distance % axis.stride != 0) {
        return -1;
    }
    const Index out = distance / axis.stride;
    return out < axis.out ? out : -1;
}

/// The outputs that read input element `in` are among [first_output, end_output): those that have a tap_index.
template <class Index>
CONVNET_HOST_DEVICE inline Index first_output(const BasicAxis<Index>& axis, std::type_identity_t<Index> in) {
    const Index beyond = in + axis.pad - (axis.kernel - 1) * axis.dilation;
    return beyond > 0 ? (beyond + axis.stride - 1) / axis.stride : 0;
}

template <class Index>
CONVNET_HOST_DEVICE inline Index end_output(const BasicAxis<Index>& axis, std::type_identity_t<Index> in) {
    const Index end = (in + axis.pad) / axis.stride + 1;
    return end < axis.out ? end : axis.out;
}

/// The tap through which one of those outputs reads `in`, or -1 when a dilated kernel steps over it.
template <class Index>
CONVNET_HOST_DEVICE inline Index tap_index(const BasicAxis<Index>& axis, std::type_identity_t<Index> in,
                                           std::type_identity_t<Index> out) {
    const Index distance = in + axis.pad - out * axis.stride;
    return distance % axis.dilation == 0 ? distance / axis.dilation : -1;
}

/// Where the elements of one channel of an image lie in a tensor.
template <class Index>
struct ChannelElements {
    Index first;  ///< The element of its first position,
    Index step;   ///< and the distance from each position to the next.

    CONVNET_HOST_DEVICE Index at(Index position) const { return first + position * step; }
};

/// Channels are counted through all images: `channel` is image * channels + channel of the image.
template <class Index>
CONVNET_HOST_DEVICE inline ChannelElements<Index> channel_elements(bool channels_last, Index channel, Index channels,
                                                                   Index positions) {
    if (channels_last) {
        return {channel / channels * channels * positions + channel % channels, channels};
    }
    return {channel * positions, 1};
}

/// The reverse: the channel, counted through all images, and the position of the element that lies at `index`.
template <class Index>
struct ChannelPosition {
    Index channel, position;
};

template <class Index>
CONVNET_HOST_DEVICE inline ChannelPosition<Index> channel_position(bool channels_last, Index index, Index channels,
                                                                   Index positions) {
    if (channels_last) {
        const Index pixel = index / channels;  // counted through all images
        return {pixel / positions * channels + index % channels, pixel % positions};
    }
    return {index / positions, index % positions};
}

/// A half-open range of indices.
struct Range {
    std::int64_t begin = 0, end = 0;
};

/// The outputs in [begin, end) that read an element of the input, not of the padding, through kernel tap `tap`.
CONVNET_HOST_DEVICE inline Range outputs_inside(const Axis& axis, std::int64_t tap, std::int64_t begin,
                                                std::int64_t end) {
    const std::int64_t shift = axis.pad - tap * axis.dilation;  // input_index = out * stride - shift
    const std::int64_t first = shift > 0 ? (shift + axis.stride - 1) / axis.stride : 0;
    const std::int64_t reach = axis.in + shift;  // outputs below reach/stride, rounded up, are inside
    const std::int64_t last = reach > 0 ? (reach + axis.stride - 1) / axis.stride : 0;
    Range inside;
    inside.begin = first < begin ? begin : (first > end ? end : first);
    inside.end = last < inside.begin ? inside.begin : (last > end ? end : last);
    return inside;
}

}  // namespace convnet
