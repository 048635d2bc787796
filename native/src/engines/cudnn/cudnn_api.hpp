// What ConvNet uses of cuDNN 9, declared by ConvNet: cuDNN's own header is not free, and is not needed to build. Where
// it is present, cudnn_api_check.cpp compares every value and signature with it.
#pragma once

#include <cstddef>

namespace convnet::cudnn::api {

inline constexpr std::size_t major_version = 9;

/// Thousands give the kind: 1 start and versions, 2 bad parameters, 3 not supported, 4 internal, 5 execution.
enum class Status : int {
    success = 0,
    not_initialized = 1001,
    sublibrary_version_mismatch = 1002,
    sublibrary_loading_failed = 1008,
    bad_parameter = 2000,
    not_supported = 3000,
    not_supported_incompatible_driver = 3005,
    not_supported_incompatible_runtime = 3006,
    not_supported_architecture_mismatch = 3007,
    internal_error = 4000,
    host_allocation_failed = 4003,
    device_allocation_failed = 4004,
    execution_failed = 5000,
};

enum class DataType : int { float32 = 0, float64 = 1, float16 = 2, bfloat16 = 9 };
enum class Format : int { nchw = 0, nhwc = 1 };
enum class Mode : int { cross_correlation = 1 };
enum class Math : int { standard = 0, tensor_op = 1, tensor_op_allow_conversion = 2, fma = 3 };
enum class Determinism : int { none = 0, deterministic = 1 };
enum class Activation : int { relu = 1, identity = 5 };
enum class NanPropagation : int { propagate = 1 };

namespace forward {
enum : int {
    implicit_gemm = 0,
    implicit_precomp_gemm = 1,
    gemm = 2,
    direct = 3,
    fft = 4,
    fft_tiling = 5,
    winograd = 6,
    winograd_nonfused = 7,
};
}

namespace backward_data {
enum : int { algorithm_0 = 0, algorithm_1 = 1, fft = 2, fft_tiling = 3, winograd = 4, winograd_nonfused = 5 };
}

namespace backward_filter {
enum : int {
    algorithm_0 = 0,
    algorithm_1 = 1,
    fft = 2,
    algorithm_3 = 3,
    winograd = 4,
    winograd_nonfused = 5,
    fft_tiling = 6,
};
}

struct Context;
struct TensorDescriptor;
struct FilterDescriptor;
struct ConvolutionDescriptor;
struct ActivationDescriptor;

using Handle = Context*;
using Tensor = TensorDescriptor*;
using Filter = FilterDescriptor*;
using Convolution = ConvolutionDescriptor*;
using ActivationFunction = ActivationDescriptor*;
using Stream = void*;  ///< cudaStream_t

/// One algorithm in the answer to a question for the best. cuDNN has a type for each pass, all of this form.
struct Performance {
    int algorithm;
    Status status;
    float milliseconds;
    std::size_t workspace_bytes;
    Determinism determinism;
    Math math;
    int reserved[3];
};

// X(name, result, parameters...) for every function. Algorithms are numbers here, so that passes can share code.
#define CONVNET_CUDNN_FUNCTIONS(X)                                                                                     \
    X(cudnnGetVersion, std::size_t, void)                                                                              \
    X(cudnnGetErrorString, const char*, Status)                                                                        \
    X(cudnnGetLastErrorString, void, char*, std::size_t)                                                               \
    X(cudnnCreate, Status, Handle*)                                                                                    \
    X(cudnnDestroy, Status, Handle)                                                                                    \
    X(cudnnSetStream, Status, Handle, Stream)                                                                          \
    X(cudnnCreateTensorDescriptor, Status, Tensor*)                                                                    \
    X(cudnnDestroyTensorDescriptor, Status, Tensor)                                                                    \
    X(cudnnSetTensorNdDescriptor, Status, Tensor, DataType, int, const int*, const int*)                               \
    X(cudnnCreateFilterDescriptor, Status, Filter*)                                                                    \
    X(cudnnDestroyFilterDescriptor, Status, Filter)                                                                    \
    X(cudnnSetFilterNdDescriptor, Status, Filter, DataType, Format, int, const int*)                                   \
    X(cudnnCreateConvolutionDescriptor, Status, Convolution*)                                                          \
    X(cudnnDestroyConvolutionDescriptor, Status, Convolution)                                                          \
    X(cudnnSetConvolutionNdDescriptor, Status, Convolution, int, const int*, const int*, const int*, Mode, DataType)   \
    X(cudnnSetConvolutionGroupCount, Status, Convolution, int)                                                         \
    X(cudnnSetConvolutionMathType, Status, Convolution, Math)                                                          \
    X(cudnnCreateActivationDescriptor, Status, ActivationFunction*)                                                    \
    X(cudnnDestroyActivationDescriptor, Status, ActivationFunction)                                                    \
    X(cudnnSetActivationDescriptor, Status, ActivationFunction, Activation, NanPropagation, double)                    \
    X(cudnnGetConvolutionForwardAlgorithm_v7, Status, Handle, Tensor, Filter, Convolution, Tensor, int, int*,          \
      Performance*)                                                                                                    \
    X(cudnnGetConvolutionBackwardDataAlgorithm_v7, Status, Handle, Filter, Tensor, Convolution, Tensor, int, int*,     \
      Performance*)                                                                                                    \
    X(cudnnGetConvolutionBackwardFilterAlgorithm_v7, Status, Handle, Tensor, Tensor, Convolution, Filter, int, int*,   \
      Performance*)                                                                                                    \
    X(cudnnGetConvolutionForwardWorkspaceSize, Status, Handle, Tensor, Filter, Convolution, Tensor, int, std::size_t*) \
    X(cudnnGetConvolutionBackwardDataWorkspaceSize, Status, Handle, Filter, Tensor, Convolution, Tensor, int,          \
      std::size_t*)                                                                                                    \
    X(cudnnGetConvolutionBackwardFilterWorkspaceSize, Status, Handle, Tensor, Tensor, Convolution, Filter, int,        \
      std::size_t*)                                                                                                    \
    X(cudnnConvolutionForward, Status, Handle, const void*, Tensor, const void*, Filter, const void*, Convolution,     \
      int, void*, std::size_t, const void*, Tensor, void*)                                                             \
    X(cudnnConvolutionBackwardData, Status, Handle, const void*, Filter, const void*, Tensor, const void*,             \
      Convolution, int, void*, std::size_t, const void*, Tensor, void*)                                                \
    X(cudnnConvolutionBackwardFilter, Status, Handle, const void*, Tensor, const void*, Tensor, const void*,           \
      Convolution, int, void*, std::size_t, const void*, Filter, void*)                                                \
    X(cudnnConvolutionBiasActivationForward, Status, Handle, const void*, Tensor, const void*, Filter, const void*,    \
      Convolution, int, void*, std::size_t, const void*, Tensor, const void*, Tensor, const void*, ActivationFunction, \
      Tensor, void*)                                                                                                   \
    X(cudnnAddTensor, Status, Handle, const void*, Tensor, const void*, const void*, Tensor, void*)

/// The functions of a library that was loaded.
struct Functions {
#define CONVNET_CUDNN_MEMBER(name, result, ...) result (*name)(__VA_ARGS__) = nullptr;
    CONVNET_CUDNN_FUNCTIONS(CONVNET_CUDNN_MEMBER)
#undef CONVNET_CUDNN_MEMBER
};

}  // namespace convnet::cudnn::api
