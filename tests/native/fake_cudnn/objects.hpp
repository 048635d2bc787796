// What the fake cuDNN keeps, shared by its sources.
#pragma once

#include <atomic>
#include <string>

#include "fake_cudnn/fake_cudnn.hpp"

namespace convnet::cudnn::api {

struct Context {
    Stream stream = nullptr;
    std::atomic<int> users{0};
};

// Every other object is what was said of it.
struct TensorDescriptor {
    std::string text;
};
struct FilterDescriptor {
    std::string text;
};
struct ConvolutionDescriptor {
    std::string window, groups = " groups 1", math = " standard math";
    DataType compute = DataType::float32;
};
struct ActivationDescriptor {
    std::string text;
};

}  // namespace convnet::cudnn::api

namespace fake_cudnn {

State& state() noexcept;

/// Writes a call down and returns what the test answers.
api::Status record(const Call& call);

std::string describe(api::DataType type);

inline std::string describe(api::Tensor tensor) { return tensor->text; }
inline std::string describe(api::Filter filter) { return filter->text; }
inline std::string describe(api::ActivationFunction activation) { return activation->text; }
inline std::string describe(api::Convolution convolution) {
    return convolution->window + convolution->groups + convolution->math;
}

/// One call on a handle.
template <class... Descriptors>
Call call(const char* function, api::Handle handle, Descriptors... descriptors) {
    return {
        .function = function, .handle = handle, .stream = handle->stream, .descriptors = {describe(descriptors)...}};
}

}  // namespace fake_cudnn
