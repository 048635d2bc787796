// Compares cudnn_api.hpp with the real header of cuDNN, at compile time. Built only where that header is present.
#include <cudnn.h>

#include <cstddef>
#include <type_traits>

#include "engines/cudnn/cudnn_api.hpp"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace convnet::cudnn::api {
namespace {

static_assert(CUDNN_MAJOR == major_version, "ConvNet needs the header of cuDNN 9");

// --- types: what ConvNet has in the place of each of theirs ---

template <class Theirs>
struct Translation {
    using type = Theirs;
};

template <class Theirs>
using Ours = typename Translation<Theirs>::type;

template <class Theirs>
struct Translation<Theirs*> {
    using type = Ours<Theirs>*;
};

template <class Theirs>
struct Translation<const Theirs> {
    using type = const Ours<Theirs>;
};

template <class Result, class... Parameters>
struct Translation<Result(Parameters...)> {
    using type = Ours<Result>(Ours<Parameters>...);
};

#define CONVNET_TRANSLATE(theirs, ours)                                  \
    template <>                                                          \
    struct Translation<theirs> {                                         \
        static_assert(sizeof(theirs) == sizeof(ours), "size of " #ours); \
        static_assert(alignof(theirs) == alignof(ours), "align " #ours); \
        using type = ours;                                               \
    };

CONVNET_TRANSLATE(cudnnStatus_t, Status)
CONVNET_TRANSLATE(cudnnDataType_t, DataType)
CONVNET_TRANSLATE(cudnnTensorFormat_t, Format)
CONVNET_TRANSLATE(cudnnConvolutionMode_t, Mode)
CONVNET_TRANSLATE(cudnnMathType_t, Math)
CONVNET_TRANSLATE(cudnnDeterminism_t, Determinism)
CONVNET_TRANSLATE(cudnnActivationMode_t, Activation)
CONVNET_TRANSLATE(cudnnNanPropagation_t, NanPropagation)
CONVNET_TRANSLATE(cudnnConvolutionFwdAlgo_t, int)
CONVNET_TRANSLATE(cudnnConvolutionBwdDataAlgo_t, int)
CONVNET_TRANSLATE(cudnnConvolutionBwdFilterAlgo_t, int)
CONVNET_TRANSLATE(cudnnConvolutionFwdAlgoPerf_t, Performance)
CONVNET_TRANSLATE(cudnnConvolutionBwdDataAlgoPerf_t, Performance)
CONVNET_TRANSLATE(cudnnConvolutionBwdFilterAlgoPerf_t, Performance)
CONVNET_TRANSLATE(cudnnHandle_t, Handle)
CONVNET_TRANSLATE(cudnnTensorDescriptor_t, Tensor)
CONVNET_TRANSLATE(cudnnFilterDescriptor_t, Filter)
CONVNET_TRANSLATE(cudnnConvolutionDescriptor_t, Convolution)
CONVNET_TRANSLATE(cudnnActivationDescriptor_t, ActivationFunction)
CONVNET_TRANSLATE(cudaStream_t, Stream)

// --- signatures ---

#define CONVNET_SAME_SIGNATURE(name, ...) \
    static_assert(std::is_same_v<Ours<decltype(::name)>*, decltype(Functions::name)>, "signature of " #name);
CONVNET_CUDNN_FUNCTIONS(CONVNET_SAME_SIGNATURE)

// --- the struct that cuDNN writes ---

#define CONVNET_SAME_FIELD(theirs, field, ours)                                                         \
    static_assert(offsetof(theirs, field) == offsetof(Performance, ours), #theirs "." #field " moved"); \
    static_assert(sizeof(theirs::field) == sizeof(Performance::ours), #theirs "." #field " has another size");
#define CONVNET_SAME_PERFORMANCE(theirs)                 \
    CONVNET_SAME_FIELD(theirs, algo, algorithm)          \
    CONVNET_SAME_FIELD(theirs, status, status)           \
    CONVNET_SAME_FIELD(theirs, time, milliseconds)       \
    CONVNET_SAME_FIELD(theirs, memory, workspace_bytes)  \
    CONVNET_SAME_FIELD(theirs, determinism, determinism) \
    CONVNET_SAME_FIELD(theirs, mathType, math)           \
    CONVNET_SAME_FIELD(theirs, reserved, reserved)
CONVNET_SAME_PERFORMANCE(cudnnConvolutionFwdAlgoPerf_t)
CONVNET_SAME_PERFORMANCE(cudnnConvolutionBwdDataAlgoPerf_t)
CONVNET_SAME_PERFORMANCE(cudnnConvolutionBwdFilterAlgoPerf_t)

// --- values ---

#define CONVNET_SAME_VALUE(theirs, ours) \
    static_assert(static_cast<int>(theirs) == static_cast<int>(ours), "value of " #theirs);

CONVNET_SAME_VALUE(CUDNN_STATUS_SUCCESS, Status::success)
CONVNET_SAME_VALUE(CUDNN_STATUS_NOT_INITIALIZED, Status::not_initialized)
CONVNET_SAME_VALUE(CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH, Status::sublibrary_version_mismatch)
CONVNET_SAME_VALUE(CUDNN_STATUS_BAD_PARAM, Status::bad_parameter)
CONVNET_SAME_VALUE(CUDNN_STATUS_NOT_SUPPORTED, Status::not_supported)
CONVNET_SAME_VALUE(CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER, Status::not_supported_incompatible_driver)
CONVNET_SAME_VALUE(CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDART, Status::not_supported_incompatible_runtime)
CONVNET_SAME_VALUE(CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH, Status::not_supported_architecture_mismatch)
CONVNET_SAME_VALUE(CUDNN_STATUS_INTERNAL_ERROR, Status::internal_error)
CONVNET_SAME_VALUE(CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED, Status::host_allocation_failed)
CONVNET_SAME_VALUE(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, Status::device_allocation_failed)
CONVNET_SAME_VALUE(CUDNN_STATUS_EXECUTION_FAILED, Status::execution_failed)
// Headers before 9.2 do not name this one.
#if CUDNN_VERSION >= 90200
CONVNET_SAME_VALUE(CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED, Status::sublibrary_loading_failed)
#endif

CONVNET_SAME_VALUE(CUDNN_DATA_FLOAT, DataType::float32)
CONVNET_SAME_VALUE(CUDNN_DATA_DOUBLE, DataType::float64)
CONVNET_SAME_VALUE(CUDNN_DATA_HALF, DataType::float16)
CONVNET_SAME_VALUE(CUDNN_DATA_BFLOAT16, DataType::bfloat16)
CONVNET_SAME_VALUE(CUDNN_TENSOR_NCHW, Format::nchw)
CONVNET_SAME_VALUE(CUDNN_TENSOR_NHWC, Format::nhwc)
CONVNET_SAME_VALUE(CUDNN_CROSS_CORRELATION, Mode::cross_correlation)
CONVNET_SAME_VALUE(CUDNN_DEFAULT_MATH, Math::standard)
CONVNET_SAME_VALUE(CUDNN_TENSOR_OP_MATH, Math::tensor_op)
CONVNET_SAME_VALUE(CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION, Math::tensor_op_allow_conversion)
CONVNET_SAME_VALUE(CUDNN_FMA_MATH, Math::fma)
CONVNET_SAME_VALUE(CUDNN_NON_DETERMINISTIC, Determinism::none)
CONVNET_SAME_VALUE(CUDNN_DETERMINISTIC, Determinism::deterministic)
CONVNET_SAME_VALUE(CUDNN_ACTIVATION_RELU, Activation::relu)
CONVNET_SAME_VALUE(CUDNN_ACTIVATION_IDENTITY, Activation::identity)
CONVNET_SAME_VALUE(CUDNN_PROPAGATE_NAN, NanPropagation::propagate)

CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, forward::implicit_gemm)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, forward::implicit_precomp_gemm)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_GEMM, forward::gemm)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_DIRECT, forward::direct)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_FFT, forward::fft)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING, forward::fft_tiling)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD, forward::winograd)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED, forward::winograd_nonfused)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_DATA_ALGO_0, backward_data::algorithm_0)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1, backward_data::algorithm_1)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT, backward_data::fft)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING, backward_data::fft_tiling)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD, backward_data::winograd)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED, backward_data::winograd_nonfused)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0, backward_filter::algorithm_0)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1, backward_filter::algorithm_1)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT, backward_filter::fft)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3, backward_filter::algorithm_3)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD, backward_filter::winograd)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD_NONFUSED, backward_filter::winograd_nonfused)
CONVNET_SAME_VALUE(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT_TILING, backward_filter::fft_tiling)

}  // namespace
}  // namespace convnet::cudnn::api
