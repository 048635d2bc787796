// The library, its handles and descriptors.
#include "fake_cudnn/fake_cudnn.hpp"

#include <cstdio>

#include "fake_cudnn/objects.hpp"

namespace fake_cudnn {

State& state() noexcept {
    static State shared;
    return shared;
}

api::Status record(const Call& call) {
    const std::lock_guard lock(state().mutex);
    if (state().keeps_calls) {
        state().calls.push_back(call);
    }
    return state().answer ? state().answer(call) : api::Status::success;
}

api::Status record_work(const Call& call) {
    {
        const std::lock_guard lock(state().mutex);
        state().clock += state().duration ? state().duration(call) : 0;
    }
    return record(call);
}

}  // namespace fake_cudnn

namespace {

using namespace convnet::cudnn::api;
using fake_cudnn::call;
using fake_cudnn::record;
using fake_cudnn::state;

template <class T>
Status create(const char* kind, const char* function, T** object) {
    const Status status = record({.function = function});
    if (status == Status::success) {
        *object = new T;
        const std::lock_guard lock(state().mutex);
        ++state().live[kind];
    }
    return status;
}

template <class T>
Status destroy(const char* kind, T* object) {
    delete object;
    const std::lock_guard lock(state().mutex);
    --state().live[kind];
    return Status::success;
}

}  // namespace

extern "C" {

fake_cudnn::State* fake_cudnn_state() { return &state(); }

std::size_t cudnnGetVersion() { return state().version != 0 ? state().version : FAKE_CUDNN_VERSION; }

const char* cudnnGetErrorString(Status status) {
    switch (static_cast<int>(status)) {
        case 0:
            return "CUDNN_STATUS_SUCCESS";
        case 1001:
            return "CUDNN_STATUS_NOT_INITIALIZED";
        case 1002:
            return "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH";
        case 1008:
            return "CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED";
        case 3000:
            return "CUDNN_STATUS_NOT_SUPPORTED";
        case 4003:
            return "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED";
        case 4004:
            return "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED";
        case 5000:
            return "CUDNN_STATUS_EXECUTION_FAILED";
        default:
            return "CUDNN_STATUS_OF_SOME_KIND";
    }
}

void cudnnGetLastErrorString(char* message, std::size_t capacity) {
    const std::lock_guard lock(state().mutex);
    std::snprintf(message, capacity, "%s", state().last_error.c_str());
}

Status cudnnCreate(Handle* handle) { return create("handle", "cudnnCreate", handle); }
Status cudnnDestroy(Handle handle) { return destroy("handle", handle); }

Status cudnnSetStream(Handle handle, Stream stream) {
    handle->stream = stream;
    return record(call("cudnnSetStream", handle));
}

Status cudnnCreateTensorDescriptor(Tensor* tensor) { return create("tensor", "cudnnCreateTensorDescriptor", tensor); }
Status cudnnDestroyTensorDescriptor(Tensor tensor) { return destroy("tensor", tensor); }

Status cudnnSetTensorNdDescriptor(Tensor tensor, DataType type, int count, const int* extents, const int* strides) {
    *tensor = {type, {extents, extents + count}, {strides, strides + count}};
    return record({.function = "cudnnSetTensorNdDescriptor"});
}

Status cudnnCreateFilterDescriptor(Filter* filter) { return create("filter", "cudnnCreateFilterDescriptor", filter); }
Status cudnnDestroyFilterDescriptor(Filter filter) { return destroy("filter", filter); }

Status cudnnSetFilterNdDescriptor(Filter filter, DataType type, Format format, int count, const int* extents) {
    *filter = {type, format, {extents, extents + count}};
    return record({.function = "cudnnSetFilterNdDescriptor"});
}

Status cudnnCreateConvolutionDescriptor(Convolution* convolution) {
    return create("convolution", "cudnnCreateConvolutionDescriptor", convolution);
}
Status cudnnDestroyConvolutionDescriptor(Convolution convolution) { return destroy("convolution", convolution); }

Status cudnnSetConvolutionNdDescriptor(Convolution convolution, int count, const int* pad, const int* stride,
                                       const int* dilation, Mode mode, DataType compute) {
    *convolution = {{pad, pad + count}, {stride, stride + count}, {dilation, dilation + count}, mode, compute};
    return record({.function = "cudnnSetConvolutionNdDescriptor"});
}

Status cudnnSetConvolutionGroupCount(Convolution convolution, int groups) {
    convolution->groups = groups;
    return record({.function = "cudnnSetConvolutionGroupCount"});
}

Status cudnnSetConvolutionMathType(Convolution convolution, Math math) {
    convolution->math = math;
    return record({.function = "cudnnSetConvolutionMathType"});
}

Status cudnnCreateActivationDescriptor(ActivationFunction* activation) {
    return create("activation", "cudnnCreateActivationDescriptor", activation);
}
Status cudnnDestroyActivationDescriptor(ActivationFunction activation) { return destroy("activation", activation); }

Status cudnnSetActivationDescriptor(ActivationFunction activation, Activation kind, NanPropagation, double) {
    activation->kind = kind;
    return record({.function = "cudnnSetActivationDescriptor"});
}

}  // extern "C"
