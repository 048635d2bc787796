#include "convnet/layer.h"

#include <algorithm>

#include "abi/arguments.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "layers/bias_layer.hpp"
#include "layers/convolution_layer.hpp"
#include "layers/deconvolution_layer.hpp"
#include "layers/im2col_layer.hpp"

using namespace convnet;
using abi::guard;
using abi::object_of;

static_assert(static_cast<int>(EngineKind::automatic) == CN_ENGINE_AUTO);
static_assert(static_cast<int>(EngineKind::gemm) == CN_ENGINE_GEMM);
static_assert(static_cast<int>(EngineKind::cudnn) == CN_ENGINE_CUDNN);
static_assert(static_cast<int>(EngineKind::direct) == CN_ENGINE_DIRECT);
static_assert(static_cast<int>(Accuracy::standard) == CN_ACCURACY_DEFAULT);
static_assert(static_cast<int>(Accuracy::strict) == CN_ACCURACY_STRICT);
static_assert(static_cast<int>(Activation::none) == CN_ACTIVATION_NONE);
static_assert(static_cast<int>(Activation::relu) == CN_ACTIVATION_RELU);
static_assert(static_cast<int>(TensorLayout::channels_first) == CN_LAYOUT_CHANNELS_FIRST);
static_assert(static_cast<int>(TensorLayout::channels_last) == CN_LAYOUT_CHANNELS_LAST);

namespace {

template <class LayerType>
int32_t create(cn_layer** layer, cn_device* device, int32_t dtype, const cn_convolution_options* options) noexcept {
    return abi::guard_create(layer, "layer", [&] {
        return std::make_shared<LayerType>(object_of(device, "device"), abi::to_data_type(dtype),
                                           abi::to_options(options));
    });
}

void require_reshaped(const Layer& layer) {
    if (!layer.reshaped()) {
        throw Error(Status::invalid_state, "layer", "the layer has no shape yet; reshape it to its bottoms first");
    }
}

}  // namespace

int32_t cn_convolution_options_init(cn_convolution_options* options) {
    return guard([&] {
        abi::check_struct(options, "options");
        const ConvolutionOptions defaults;
        const uint32_t struct_size = options->struct_size;
        *options = {};
        options->struct_size = struct_size;
        options->bias_term = defaults.bias_term ? 1 : 0;
        options->group = defaults.group;
        options->axis = defaults.axis;
    });
}

int32_t cn_layer_create_convolution(cn_layer** layer, cn_device* device, int32_t dtype,
                                    const cn_convolution_options* options) {
    return create<ConvolutionLayer>(layer, device, dtype, options);
}

int32_t cn_layer_create_deconvolution(cn_layer** layer, cn_device* device, int32_t dtype,
                                      const cn_convolution_options* options) {
    return create<DeconvolutionLayer>(layer, device, dtype, options);
}

int32_t cn_layer_create_im2col(cn_layer** layer, cn_device* device, int32_t dtype,
                               const cn_convolution_options* options) {
    return create<Im2colLayer>(layer, device, dtype, options);
}

int32_t cn_layer_create_bias(cn_layer** layer, cn_device* device, int32_t dtype, int32_t axis, int32_t num_axes) {
    return abi::guard_create(layer, "layer", [&] {
        return std::make_shared<BiasLayer>(object_of(device, "device"), abi::to_data_type(dtype), axis, num_axes);
    });
}

int32_t cn_layer_destroy(cn_layer* layer) {
    return abi::guard_keeping_last_error([&] { abi::destroy(layer, "layer"); });
}

int32_t cn_layer_reshape(cn_layer* layer, int32_t rank, const int64_t* shape) {
    return guard([&] { object_of(layer, "layer")->reshape(abi::to_shape(rank, shape)); });
}

int32_t cn_layer_top_shape(const cn_layer* layer, int64_t* shape, int32_t capacity, int32_t* rank) {
    return guard([&] {
        const Layer& object = *object_of(layer, "layer");
        require(rank != nullptr, "rank", "rank is NULL; it must point to where the number of axes goes");
        require_reshaped(object);
        *rank = object.top_shape().rank();
        require(capacity >= *rank, "capacity", "capacity is ", capacity, ", but the shape has ", *rank, " axes");
        require(shape != nullptr || *rank == 0, "shape", "shape is NULL; it must have room for ", *rank, " extents");
        std::copy_n(object.top_shape().extents().data(), *rank, shape);
    });
}

int32_t cn_layer_parameter_count(const cn_layer* layer, int32_t* count) {
    return guard([&] {
        const Layer& object = *object_of(layer, "layer");
        require(count != nullptr, "count", "count is NULL; it must point to where the number goes");
        *count = object.parameter_count();
    });
}

int32_t cn_layer_parameter(cn_blob** blob, const cn_layer* layer, int32_t index) {
    return abi::guard_create(blob, "blob", [&] {
        const Layer& object = *object_of(layer, "layer");
        std::shared_ptr<Blob> parameter = object.parameter(index);
        if (parameter == nullptr) {
            require_reshaped(object);
        }
        return parameter;
    });
}

int32_t cn_layer_set_parameter(cn_layer* layer, int32_t index, cn_blob* blob) {
    return guard([&] {
        Layer& object = *object_of(layer, "layer");
        object.set_parameter(index, object_of(blob, "blob"));
    });
}

int32_t cn_layer_set_param_propagate_down(cn_layer* layer, int32_t index, int32_t propagate) {
    return guard([&] {
        Layer& object = *object_of(layer, "layer");
        object.set_param_propagate_down(index, abi::to_bool(propagate, "propagate"));
    });
}

int32_t cn_layer_clear_gradients(cn_layer* layer) {
    return guard([&] { object_of(layer, "layer")->clear_gradients(); });
}

int32_t cn_layer_forward(cn_layer* layer, const cn_tensor* bottoms, size_t bottom_count, const cn_tensor* tops,
                         size_t top_count) {
    return guard([&] {
        Layer& object = *object_of(layer, "layer");
        object.forward(abi::to_tensors(bottoms, bottom_count, "bottoms"), abi::to_tensors(tops, top_count, "tops"));
    });
}

int32_t cn_layer_backward(cn_layer* layer, const cn_tensor* top_diffs, size_t top_count, const cn_tensor* bottoms,
                          size_t bottom_count, const cn_tensor* bottom_diffs, const uint8_t* propagate_down) {
    return cn_layer_backward_from_tops(layer, nullptr, top_diffs, top_count, bottoms, bottom_count, bottom_diffs,
                                       propagate_down);
}

int32_t cn_layer_backward_from_tops(cn_layer* layer, const cn_tensor* tops, const cn_tensor* top_diffs,
                                    size_t top_count, const cn_tensor* bottoms, size_t bottom_count,
                                    const cn_tensor* bottom_diffs, const uint8_t* propagate_down) {
    return guard([&] {
        Layer& object = *object_of(layer, "layer");
        const auto outputs = abi::to_tensors(tops, tops == nullptr ? 0 : top_count, "tops");
        const auto top_gradients = abi::to_tensors(top_diffs, top_count, "top_diffs");
        const auto inputs = abi::to_tensors(bottoms, bottom_count, "bottoms");
        const auto gradients =
            abi::to_tensors(bottom_diffs, bottom_diffs == nullptr ? 0 : bottom_count, "bottom_diffs", propagate_down);
        object.backward(top_gradients, inputs, gradients,
                        {propagate_down, propagate_down == nullptr ? 0 : bottom_count}, outputs);
    });
}

int32_t cn_layer_get_plan(const cn_layer* layer, cn_layer_plan* plan) {
    return guard([&] {
        const Layer& object = *object_of(layer, "layer");
        abi::check_struct(plan, "plan");
        require_reshaped(object);
        const Plan* const taken = object.plan();
        if (taken == nullptr) {
            throw Error(Status::unsupported, "layer", "this layer has no plan; only convolution and deconvolution do");
        }
        const Algorithms algorithms = object.algorithms();
        plan->engine = static_cast<int32_t>(taken->engine());
        plan->engine_name = taken->engine_name();
        plan->forward = algorithms.forward;
        plan->backward_data = algorithms.backward_data;
        plan->backward_filter = algorithms.backward_filter;
        plan->workspace_bytes = taken->workspace_bytes();
    });
}
