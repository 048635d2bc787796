// What ConvNet uses of the graph API of cuDNN 9, its "backend": everything is a descriptor with attributes. Declared and
// compared like cudnn_api.hpp.
#pragma once

#include <cstdint>

#include "engines/cudnn/cudnn_api.hpp"

namespace convnet::cudnn::api {

using BackendDescriptor = void*;

enum class BackendType : int {
    pointwise = 0,
    convolution = 1,
    engine = 2,
    engine_config = 3,
    heuristics = 4,
    execution_plan = 5,
    forward_operation = 10,
    backward_filter_operation = 11,
    backward_data_operation = 12,
    pointwise_operation = 13,
    operation_graph = 15,
    variant_pack = 16,
    tensor = 17,
};

enum class AttributeType : int {
    handle = 0,
    data_type = 1,
    boolean = 2,
    int64 = 3,
    float32 = 4,
    float64 = 5,
    pointer = 6,
    convolution_mode = 7,
    heuristic_mode = 8,
    nan_propagation = 10,
    numerical_note = 11,
    pointwise_mode = 14,
    descriptor = 15,
};

enum class Attribute : int {
    pointwise_mode = 0,
    pointwise_compute_type = 1,
    pointwise_nan_propagation = 2,
    convolution_compute_type = 100,
    convolution_mode = 101,
    convolution_dilations = 102,
    convolution_strides = 103,
    convolution_post_pads = 104,
    convolution_pre_pads = 105,
    convolution_spatial_axes = 106,
    heuristics_mode = 200,
    heuristics_graph = 201,
    heuristics_results = 202,
    engine_config_engine = 300,
    execution_plan_handle = 400,
    execution_plan_config = 401,
    execution_plan_workspace_bytes = 402,
    forward_alpha = 700,
    forward_beta = 701,
    forward_convolution = 702,
    forward_w = 703,
    forward_x = 704,
    forward_y = 705,
    backward_data_alpha = 706,
    backward_data_beta = 707,
    backward_data_convolution = 708,
    backward_data_w = 709,
    backward_data_dx = 710,
    backward_data_dy = 711,
    backward_filter_alpha = 712,
    backward_filter_beta = 713,
    backward_filter_convolution = 714,
    backward_filter_dw = 715,
    backward_filter_x = 716,
    backward_filter_dy = 717,
    pointwise_operation_pointwise = 750,
    pointwise_operation_x = 751,
    pointwise_operation_b = 752,
    pointwise_operation_y = 753,
    operation_graph_handle = 800,
    operation_graph_operations = 801,
    tensor_alignment_bytes = 900,
    tensor_data_type = 901,
    tensor_extents = 902,
    tensor_strides = 903,
    tensor_id = 906,
    tensor_is_virtual = 907,
    variant_pack_ids = 1000,
    variant_pack_pointers = 1001,
    variant_pack_workspace = 1003,
    engine_index = 1301,
    engine_numerical_notes = 1303,
};

enum class Pointwise : int { add = 0, relu = 100 };

enum class Heuristic : int { fallback = 2, best = 3 };

/// What an engine says of how it computes.
enum class Note : int {
    tensor_core = 0,
    down_converts_inputs = 1,
    reduced_precision_reduction = 2,
    fft = 3,
    nondeterministic = 4,
    winograd = 5,
    winograd_4x4 = 6,
    winograd_6x6 = 7,
    winograd_13x13 = 8,
    strict_nan_propagation = 9,
};

// X(name, result, parameters...) for every function.
#define CONVNET_CUDNN_GRAPH_FUNCTIONS(X)                                                                          \
    X(cudnnBackendCreateDescriptor, Status, BackendType, BackendDescriptor*)                                      \
    X(cudnnBackendDestroyDescriptor, Status, BackendDescriptor)                                                   \
    X(cudnnBackendSetAttribute, Status, BackendDescriptor, Attribute, AttributeType, std::int64_t, const void*)   \
    X(cudnnBackendGetAttribute, Status, BackendDescriptor, Attribute, AttributeType, std::int64_t, std::int64_t*, \
      void*)                                                                                                      \
    X(cudnnBackendFinalize, Status, BackendDescriptor)                                                            \
    X(cudnnBackendExecute, Status, Handle, BackendDescriptor, BackendDescriptor)

/// The functions of a library that was loaded.
struct GraphFunctions {
#define CONVNET_CUDNN_MEMBER(name, result, ...) result (*name)(__VA_ARGS__) = nullptr;
    CONVNET_CUDNN_GRAPH_FUNCTIONS(CONVNET_CUDNN_MEMBER)
#undef CONVNET_CUDNN_MEMBER
};

}  // namespace convnet::cudnn::api
