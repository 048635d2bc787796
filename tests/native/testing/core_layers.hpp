// Short ways to make and run layers of the core with vectors of the test.
#pragma once

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "devices/cpu/cpu_device.hpp"
#include "devices/workspace_pool.hpp"
#include "layers/convolution_layer.hpp"
#include "layers/deconvolution_layer.hpp"
#include "layers/im2col_layer.hpp"
#include "testing/guarded.hpp"

namespace testing_support {

template <class T>
constexpr convnet::DataType data_type = sizeof(T) == 4 ? convnet::DataType::float32 : convnet::DataType::float64;

inline std::shared_ptr<convnet::CpuDevice> open_cpu(int threads = 2, std::int64_t workspace = 0,
                                                    std::int64_t memory = 0) {
    return convnet::CpuDevice::open({threads, workspace, memory});
}

template <class T>
convnet::TensorView view(const T* data, const convnet::Shape& shape) {
    convnet::TensorView tensor;
    tensor.data = const_cast<T*>(data);
    tensor.type = data_type<T>;
    tensor.shape = shape.extents();
    return tensor;
}

template <class T>
std::span<const T> parameter_data(const convnet::Layer& layer, int index) {
    const auto blob = layer.parameter(index);
    return {static_cast<const T*>(blob->data()), static_cast<std::size_t>(blob->shape().count())};
}

template <class T>
std::span<T> mutable_parameter_data(convnet::Layer& layer, int index) {
    const auto blob = layer.parameter(index);
    return {static_cast<T*>(blob->mutable_data()), static_cast<std::size_t>(blob->shape().count())};
}

template <class T>
std::span<T> parameter_diff(convnet::Layer& layer, int index) {
    const auto blob = layer.parameter(index);
    return {static_cast<T*>(blob->diff()), static_cast<std::size_t>(blob->shape().count())};
}

template <class T>
void set_parameter_data(convnet::Layer& layer, int index, const std::vector<T>& values) {
    if (values.size() != parameter_data<T>(layer, index).size()) {
        throw std::logic_error("a test sets a parameter with the wrong number of values");
    }
    layer.parameter(index)->copy_from_host(values.data());
}

template <class T>
std::vector<T> forward(convnet::Layer& layer, const std::vector<T>& bottom) {
    Guarded<T> top(layer.top_shape().count());
    const auto in = view(bottom.data(), layer.bottom_shape()), out = view(top.data(), layer.top_shape());
    layer.forward({&in, 1}, {&out, 1});
    return {top.values().begin(), top.values().end()};
}

/// Returns the gradient of the bottom; those of the parameters are in the layer. The top is for layers with an activation.
template <class T>
std::vector<T> backward(convnet::Layer& layer, const std::vector<T>& top_diff, const std::vector<T>& bottom,
                        const std::vector<T>& top = {}) {
    Guarded<T> bottom_diff(layer.bottom_shape().count());
    const auto dy = view(top_diff.data(), layer.top_shape()), x = view(bottom.data(), layer.bottom_shape()),
               dx = view(bottom_diff.data(), layer.bottom_shape()), y = view(top.data(), layer.top_shape());
    layer.backward({&dy, 1}, {&x, 1}, {&dx, 1}, {}, {&y, top.empty() ? 0U : 1U});
    return {bottom_diff.values().begin(), bottom_diff.values().end()};
}

inline convnet::ConvolutionOptions options(std::int64_t num_output, std::vector<std::int64_t> kernel,
                                           std::vector<std::int64_t> stride = {}, std::vector<std::int64_t> pad = {},
                                           std::vector<std::int64_t> dilation = {}, std::int64_t group = 1) {
    convnet::ConvolutionOptions result;
    result.num_output = num_output;
    result.kernel = std::move(kernel);
    result.stride = std::move(stride);
    result.pad = std::move(pad);
    result.dilation = std::move(dilation);
    result.group = group;
    return result;
}

template <class LayerType, class T>
LayerType make(const std::shared_ptr<convnet::Device>& device, convnet::ConvolutionOptions layer_options) {
    return LayerType(device, data_type<T>, std::move(layer_options));
}

}  // namespace testing_support
