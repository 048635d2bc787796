// What the fake cuDNN keeps, shared by its sources.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "fake_cudnn/fake_cudnn.hpp"

namespace convnet::cudnn::api {

struct Context {
    Stream stream = nullptr;
    std::atomic<int> users{0};
};

// A tensor in the order images, channels, spatial axes; weights have their outputs for images.
struct TensorDescriptor {
    DataType type{};
    std::vector<int> extents, strides;
};
struct FilterDescriptor {
    DataType type{};
    Format format{};
    std::vector<int> extents;
};
struct ConvolutionDescriptor {
    std::vector<int> pad, stride, dilation;
    Mode mode{};
    DataType compute{};
    int groups = 1;
    Math math{};
};
struct ActivationDescriptor {
    Activation kind{};
};

}  // namespace convnet::cudnn::api

namespace fake_cudnn {

State& state() noexcept;

/// Writes a call down and returns what the test answers.
api::Status record(const Call& call);

/// The same for work, which takes time.
api::Status record_work(const Call& call);

/// Uses all the workspace that an algorithm wants, so that too little of it shows. False when there is too little.
bool use_workspace(int pass, int algorithm, void* workspace, std::size_t bytes);

// What a test reads of a descriptor.
std::string describe(api::Tensor tensor);
std::string describe(api::Filter filter);
std::string describe(api::Convolution convolution);
std::string describe(api::ActivationFunction activation);

/// One call on a handle.
template <class... Descriptors>
Call call(const char* function, api::Handle handle, Descriptors... descriptors) {
    return {
        .function = function, .handle = handle, .stream = handle->stream, .descriptors = {describe(descriptors)...}};
}

}  // namespace fake_cudnn
