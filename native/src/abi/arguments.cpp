#include "abi/arguments.hpp"

namespace convnet::abi {
namespace {

std::vector<std::int64_t> to_values(const std::int64_t* values, std::uint32_t count, const char* argument) {
    require(count <= CN_MAX_SPATIAL_AXES, argument, argument, " has ", count, " values; at most ", CN_MAX_SPATIAL_AXES,
            " are possible");
    require(values != nullptr || count == 0, argument, argument, " is NULL, but its count is ", count);
    return {values, values + count};
}

EngineKind to_engine(std::int32_t engine) {
    require(engine >= CN_ENGINE_AUTO && engine <= CN_ENGINE_DIRECT, "engine", "engine is ", engine,
            "; it must be one of cn_engine");
    return static_cast<EngineKind>(engine);
}

TensorView to_tensor(const cn_tensor& tensor, const char* name) {
    check_struct(&tensor, name);
    require(tensor.rank >= 0 && tensor.rank <= CN_MAX_AXES, name, name, ": rank is ", tensor.rank,
            "; it must be from 0 to ", CN_MAX_AXES);
    require(tensor.shape != nullptr || tensor.rank == 0, name, name, ": shape is NULL, but the rank is ", tensor.rank);
    require(tensor.device_type == CN_DEVICE_CPU || tensor.device_type == CN_DEVICE_CUDA, name, name,
            ": device_type is ", tensor.device_type, "; it must be one of cn_device_type");
    return {tensor.data,
            static_cast<DeviceType>(tensor.device_type),
            tensor.device_index,
            to_data_type(tensor.dtype, name),
            {tensor.shape, static_cast<std::size_t>(tensor.rank)},
            tensor.strides};
}

Accuracy to_accuracy(std::int32_t accuracy) {
    require(accuracy == CN_ACCURACY_DEFAULT || accuracy == CN_ACCURACY_STRICT, "accuracy", "accuracy is ", accuracy,
            "; it must be one of cn_accuracy");
    return static_cast<Accuracy>(accuracy);
}

Activation to_activation(std::int32_t activation) {
    require(activation == CN_ACTIVATION_NONE || activation == CN_ACTIVATION_RELU, "activation", "activation is ",
            activation, "; it must be one of cn_activation");
    return static_cast<Activation>(activation);
}

TensorLayout to_layout(std::int32_t layout) {
    require(layout == CN_LAYOUT_CHANNELS_FIRST || layout == CN_LAYOUT_CHANNELS_LAST, "layout", "layout is ", layout,
            "; it must be one of cn_layout");
    return static_cast<TensorLayout>(layout);
}

}  // namespace

DataType to_data_type(std::int32_t dtype, const char* argument) {
    require(dtype >= CN_FLOAT32 && dtype <= CN_BFLOAT16, argument, argument, ": dtype is ", dtype,
            "; it must be one of cn_dtype: CN_FLOAT32 (", CN_FLOAT32, "), CN_FLOAT64 (", CN_FLOAT64, "), CN_FLOAT16 (",
            CN_FLOAT16, ") or CN_BFLOAT16 (", CN_BFLOAT16, ")");
    return static_cast<DataType>(dtype);
}

bool to_bool(std::int32_t value, const char* argument) {
    require(value == 0 || value == 1, argument, argument, " is ", value, "; it must be 0 or 1");
    return value == 1;
}

Shape to_shape(std::int32_t rank, const std::int64_t* shape) {
    require(rank >= 0 && rank <= CN_MAX_AXES, "rank", "rank is ", rank, "; it must be from 0 to ", CN_MAX_AXES);
    require(shape != nullptr || rank == 0, "shape", "shape is NULL, but the rank is ", rank);
    return Shape(std::span(shape, static_cast<std::size_t>(rank)));
}

ConvolutionOptions to_options(const cn_convolution_options* options) {
    check_struct(options, "options");
    ConvolutionOptions result;
    result.num_output = options->num_output;
    result.bias_term = to_bool(options->bias_term, "bias_term");
    result.kernel = to_values(options->kernel, options->kernel_count, "kernel");
    result.stride = to_values(options->stride, options->stride_count, "stride");
    result.pad = to_values(options->pad, options->pad_count, "pad");
    result.dilation = to_values(options->dilation, options->dilation_count, "dilation");
    result.kernel_h = options->kernel_h;
    result.kernel_w = options->kernel_w;
    result.stride_h = options->stride_h;
    result.stride_w = options->stride_w;
    result.pad_h = options->pad_h;
    result.pad_w = options->pad_w;
    result.group = options->group;
    result.axis = options->axis;
    result.force_nd_im2col = to_bool(options->force_nd_im2col, "force_nd_im2col");
    result.engine = to_engine(options->engine);
    result.accuracy = to_accuracy(options->accuracy);
    result.activation = to_activation(options->activation);
    result.negative_slope = options->negative_slope;
    result.layout = to_layout(options->layout);
    return result;
}

std::vector<TensorView> to_tensors(const cn_tensor* tensors, std::size_t count, const char* argument,
                                   const std::uint8_t* wanted) {
    require(tensors != nullptr || count == 0, argument, argument, " is NULL, but their count is ", count);
    // Far more than any net has, and few enough that a wrong count shows here and not as a crash.
    constexpr std::size_t most = 1 << 16;
    require(count <= most, argument, argument, ": their count is ", count, "; at most ", most, " are possible");
    std::vector<TensorView> result;
    result.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (wanted != nullptr && wanted[i] == 0) {
            result.emplace_back();
            continue;
        }
        // The usual case costs no text; the name is made again for the error.
        try {
            result.push_back(to_tensor(tensors[i], argument));
        } catch (const Error& error) {
            const std::string name = text(argument, "[", i, "]");
            throw Error(error.status(), name, text(name, error.what() + std::char_traits<char>::length(argument)));
        }
    }
    return result;
}

void write_tensor(cn_tensor* tensor, const Device& device, DataType type, const Shape& shape, void* data) {
    tensor->device_type = static_cast<std::int32_t>(device.type());
    tensor->device_index = device.index();
    tensor->dtype = static_cast<std::int32_t>(type);
    tensor->data = data;
    tensor->shape = shape.extents().data();
    tensor->strides = nullptr;
    tensor->rank = shape.rank();
    tensor->reserved = 0;
}

}  // namespace convnet::abi
