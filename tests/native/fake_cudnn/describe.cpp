// Descriptors as a test reads them.
#include <sstream>

#include "fake_cudnn/objects.hpp"

namespace fake_cudnn {
namespace {

std::string text_of(const std::vector<int>& values) {
    std::ostringstream out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        out << (i == 0 ? "[" : " ") << values[i];
    }
    out << "]";
    return out.str();
}

std::string text_of(api::DataType type) {
    switch (type) {
        case api::DataType::float32:
            return "float32";
        case api::DataType::float64:
            return "float64";
        case api::DataType::float16:
            return "float16";
        case api::DataType::bfloat16:
            return "bfloat16";
    }
    return "unknown type";
}

std::string text_of(api::Math math) {
    switch (math) {
        case api::Math::standard:
            return "standard math";
        case api::Math::tensor_op:
            return "tensor op math";
        case api::Math::tensor_op_allow_conversion:
            return "converting math";
        case api::Math::fma:
            return "fma math";
    }
    return "unknown math";
}

}  // namespace

std::string describe(api::Tensor tensor) {
    return text_of(tensor->type) + " " + text_of(tensor->extents) + " strides " + text_of(tensor->strides);
}

std::string describe(api::Filter filter) {
    return text_of(filter->type) + (filter->format == api::Format::nhwc ? " nhwc " : " nchw ") +
           text_of(filter->extents);
}

std::string describe(api::Convolution c) {
    return (c->mode == api::Mode::cross_correlation ? "cross-correlation pad " : "convolution pad ") + text_of(c->pad) +
           " stride " + text_of(c->stride) + " dilation " + text_of(c->dilation) + " in " + text_of(c->compute) +
           " groups " + std::to_string(c->groups) + " " + text_of(c->math);
}

std::string describe(api::ActivationFunction activation) {
    switch (activation->kind) {
        case api::Activation::relu:
            return "relu";
        case api::Activation::identity:
            return "identity";
    }
    return "another activation";
}

}  // namespace fake_cudnn
