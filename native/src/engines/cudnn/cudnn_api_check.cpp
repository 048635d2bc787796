// Compares cudnn_api.hpp with the real header of cuDNN, at compile time. Built only where that header is present.
#include <cudnn.h>

#include <cstddef>
#include <type_traits>

#include "engines/cudnn/cudnn_graph_api.hpp"

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
CONVNET_TRANSLATE(cudnnBackendDescriptorType_t, BackendType)
CONVNET_TRANSLATE(cudnnBackendAttributeName_t, Attribute)
CONVNET_TRANSLATE(cudnnBackendAttributeType_t, AttributeType)

// --- signatures ---

#define CONVNET_SAME_SIGNATURE(name, ...) \
    static_assert(std::is_same_v<Ours<decltype(::name)>*, decltype(Functions::name)>, "signature of " #name);
CONVNET_CUDNN_FUNCTIONS(CONVNET_SAME_SIGNATURE)

#define CONVNET_SAME_GRAPH_SIGNATURE(name, ...) \
    static_assert(std::is_same_v<Ours<decltype(::name)>*, decltype(GraphFunctions::name)>, "signature of " #name);
CONVNET_CUDNN_GRAPH_FUNCTIONS(CONVNET_SAME_GRAPH_SIGNATURE)

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

// --- values of the graph API ---

static_assert(sizeof(cudnnPointwiseMode_t) == sizeof(Pointwise) &&
              sizeof(cudnnBackendHeurMode_t) == sizeof(Heuristic) &&
              sizeof(cudnnBackendNumericalNote_t) == sizeof(Note) && std::is_same_v<cudnnBackendDescriptor_t, void*>);

CONVNET_SAME_VALUE(CUDNN_BACKEND_POINTWISE_DESCRIPTOR, BackendType::pointwise)
CONVNET_SAME_VALUE(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, BackendType::convolution)
CONVNET_SAME_VALUE(CUDNN_BACKEND_ENGINE_DESCRIPTOR, BackendType::engine)
CONVNET_SAME_VALUE(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, BackendType::engine_config)
CONVNET_SAME_VALUE(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, BackendType::heuristics)
CONVNET_SAME_VALUE(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, BackendType::execution_plan)
CONVNET_SAME_VALUE(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, BackendType::forward_operation)
CONVNET_SAME_VALUE(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                   BackendType::backward_filter_operation)
CONVNET_SAME_VALUE(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR, BackendType::backward_data_operation)
CONVNET_SAME_VALUE(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, BackendType::pointwise_operation)
CONVNET_SAME_VALUE(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, BackendType::operation_graph)
CONVNET_SAME_VALUE(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, BackendType::variant_pack)
CONVNET_SAME_VALUE(CUDNN_BACKEND_TENSOR_DESCRIPTOR, BackendType::tensor)

CONVNET_SAME_VALUE(CUDNN_TYPE_HANDLE, AttributeType::handle)
CONVNET_SAME_VALUE(CUDNN_TYPE_DATA_TYPE, AttributeType::data_type)
CONVNET_SAME_VALUE(CUDNN_TYPE_BOOLEAN, AttributeType::boolean)
CONVNET_SAME_VALUE(CUDNN_TYPE_INT64, AttributeType::int64)
CONVNET_SAME_VALUE(CUDNN_TYPE_FLOAT, AttributeType::float32)
CONVNET_SAME_VALUE(CUDNN_TYPE_DOUBLE, AttributeType::float64)
CONVNET_SAME_VALUE(CUDNN_TYPE_VOID_PTR, AttributeType::pointer)
CONVNET_SAME_VALUE(CUDNN_TYPE_CONVOLUTION_MODE, AttributeType::convolution_mode)
CONVNET_SAME_VALUE(CUDNN_TYPE_HEUR_MODE, AttributeType::heuristic_mode)
CONVNET_SAME_VALUE(CUDNN_TYPE_NAN_PROPOGATION, AttributeType::nan_propagation)
CONVNET_SAME_VALUE(CUDNN_TYPE_NUMERICAL_NOTE, AttributeType::numerical_note)
CONVNET_SAME_VALUE(CUDNN_TYPE_POINTWISE_MODE, AttributeType::pointwise_mode)
CONVNET_SAME_VALUE(CUDNN_TYPE_BACKEND_DESCRIPTOR, AttributeType::descriptor)

CONVNET_SAME_VALUE(CUDNN_ATTR_POINTWISE_MODE, Attribute::pointwise_mode)
CONVNET_SAME_VALUE(CUDNN_ATTR_POINTWISE_MATH_PREC, Attribute::pointwise_compute_type)
CONVNET_SAME_VALUE(CUDNN_ATTR_POINTWISE_NAN_PROPAGATION, Attribute::pointwise_nan_propagation)
CONVNET_SAME_VALUE(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, Attribute::convolution_compute_type)
CONVNET_SAME_VALUE(CUDNN_ATTR_CONVOLUTION_CONV_MODE, Attribute::convolution_mode)
CONVNET_SAME_VALUE(CUDNN_ATTR_CONVOLUTION_DILATIONS, Attribute::convolution_dilations)
CONVNET_SAME_VALUE(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, Attribute::convolution_strides)
CONVNET_SAME_VALUE(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, Attribute::convolution_post_pads)
CONVNET_SAME_VALUE(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, Attribute::convolution_pre_pads)
CONVNET_SAME_VALUE(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, Attribute::convolution_spatial_axes)
CONVNET_SAME_VALUE(CUDNN_ATTR_ENGINEHEUR_MODE, Attribute::heuristics_mode)
CONVNET_SAME_VALUE(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, Attribute::heuristics_graph)
CONVNET_SAME_VALUE(CUDNN_ATTR_ENGINEHEUR_RESULTS, Attribute::heuristics_results)
CONVNET_SAME_VALUE(CUDNN_ATTR_ENGINECFG_ENGINE, Attribute::engine_config_engine)
CONVNET_SAME_VALUE(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, Attribute::execution_plan_handle)
CONVNET_SAME_VALUE(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, Attribute::execution_plan_config)
CONVNET_SAME_VALUE(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, Attribute::execution_plan_workspace_bytes)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, Attribute::forward_alpha)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, Attribute::forward_beta)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, Attribute::forward_convolution)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, Attribute::forward_w)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, Attribute::forward_x)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, Attribute::forward_y)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, Attribute::backward_data_alpha)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, Attribute::backward_data_beta)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, Attribute::backward_data_convolution)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, Attribute::backward_data_w)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, Attribute::backward_data_dx)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, Attribute::backward_data_dy)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, Attribute::backward_filter_alpha)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, Attribute::backward_filter_beta)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, Attribute::backward_filter_convolution)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, Attribute::backward_filter_dw)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, Attribute::backward_filter_x)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, Attribute::backward_filter_dy)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, Attribute::pointwise_operation_pointwise)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, Attribute::pointwise_operation_x)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, Attribute::pointwise_operation_b)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, Attribute::pointwise_operation_y)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, Attribute::operation_graph_handle)
CONVNET_SAME_VALUE(CUDNN_ATTR_OPERATIONGRAPH_OPS, Attribute::operation_graph_operations)
CONVNET_SAME_VALUE(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, Attribute::tensor_alignment_bytes)
CONVNET_SAME_VALUE(CUDNN_ATTR_TENSOR_DATA_TYPE, Attribute::tensor_data_type)
CONVNET_SAME_VALUE(CUDNN_ATTR_TENSOR_DIMENSIONS, Attribute::tensor_extents)
CONVNET_SAME_VALUE(CUDNN_ATTR_TENSOR_STRIDES, Attribute::tensor_strides)
CONVNET_SAME_VALUE(CUDNN_ATTR_TENSOR_UNIQUE_ID, Attribute::tensor_id)
CONVNET_SAME_VALUE(CUDNN_ATTR_TENSOR_IS_VIRTUAL, Attribute::tensor_is_virtual)
CONVNET_SAME_VALUE(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, Attribute::variant_pack_ids)
CONVNET_SAME_VALUE(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, Attribute::variant_pack_pointers)
CONVNET_SAME_VALUE(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, Attribute::variant_pack_workspace)
CONVNET_SAME_VALUE(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, Attribute::engine_index)
CONVNET_SAME_VALUE(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, Attribute::engine_numerical_notes)

CONVNET_SAME_VALUE(CUDNN_POINTWISE_ADD, Pointwise::add)
CONVNET_SAME_VALUE(CUDNN_POINTWISE_RELU_FWD, Pointwise::relu)
CONVNET_SAME_VALUE(CUDNN_HEUR_MODE_FALLBACK, Heuristic::fallback)
CONVNET_SAME_VALUE(CUDNN_HEUR_MODE_A, Heuristic::best)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_TENSOR_CORE, Note::tensor_core)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS, Note::down_converts_inputs)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION, Note::reduced_precision_reduction)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_FFT, Note::fft)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC, Note::nondeterministic)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_WINOGRAD, Note::winograd)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4, Note::winograd_4x4)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6, Note::winograd_6x6)
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13, Note::winograd_13x13)
// Headers before 9.6 do not name this one.
#if CUDNN_VERSION >= 90600
CONVNET_SAME_VALUE(CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP, Note::strict_nan_propagation)
#endif

}  // namespace
}  // namespace convnet::cudnn::api
