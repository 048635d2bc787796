#include "fake_cudnn/graph_object.hpp"

#include <algorithm>
#include <sstream>

namespace fake_cudnn {

const char* name_of(BackendType type) {
    switch (type) {
        case BackendType::pointwise:
            return "pointwise";
        case BackendType::convolution:
            return "convolution";
        case BackendType::engine:
            return "engine";
        case BackendType::engine_config:
            return "engine config";
        case BackendType::heuristics:
            return "heuristics";
        case BackendType::execution_plan:
            return "execution plan";
        case BackendType::forward_operation:
            return "forward";
        case BackendType::backward_filter_operation:
            return "backward filter";
        case BackendType::backward_data_operation:
            return "backward data";
        case BackendType::pointwise_operation:
            return "pointwise operation";
        case BackendType::operation_graph:
            return "operation graph";
        case BackendType::variant_pack:
            return "variant pack";
        case BackendType::tensor:
            return "tensor";
    }
    return "unknown";
}

std::size_t size_of(AttributeType type) {
    switch (type) {
        case AttributeType::boolean:
            return sizeof(bool);
        case AttributeType::handle:
        case AttributeType::int64:
        case AttributeType::float64:
        case AttributeType::pointer:
        case AttributeType::descriptor:
            return 8;
        default:
            return 4;
    }
}

namespace {

struct Requirement {
    Attribute name;
    AttributeType type;
    std::int64_t count = 1;  // 0 for any
};

std::vector<Requirement> convolution_operation(Attribute alpha) {
    using A = AttributeType;
    std::vector<Requirement> result;
    for (int i = 0; i < 6; ++i) {
        result.push_back({static_cast<Attribute>(static_cast<int>(alpha) + i), i < 2 ? A::float32 : A::descriptor});
    }
    return result;
}

std::vector<Requirement> requirements_of(BackendType type) {
    using A = AttributeType;
    switch (type) {
        case BackendType::pointwise:
            return {{Attribute::pointwise_mode, A::pointwise_mode}, {Attribute::pointwise_compute_type, A::data_type}};
        case BackendType::convolution:
            return {
                {Attribute::convolution_compute_type, A::data_type}, {Attribute::convolution_mode, A::convolution_mode},
                {Attribute::convolution_spatial_axes, A::int64},     {Attribute::convolution_dilations, A::int64, 0},
                {Attribute::convolution_strides, A::int64, 0},       {Attribute::convolution_pre_pads, A::int64, 0},
                {Attribute::convolution_post_pads, A::int64, 0}};
        case BackendType::heuristics:
            return {{Attribute::heuristics_mode, A::heuristic_mode}, {Attribute::heuristics_graph, A::descriptor}};
        case BackendType::execution_plan:
            return {{Attribute::execution_plan_handle, A::handle}, {Attribute::execution_plan_config, A::descriptor}};
        case BackendType::forward_operation:
            return convolution_operation(Attribute::forward_alpha);
        case BackendType::backward_data_operation:
            return convolution_operation(Attribute::backward_data_alpha);
        case BackendType::backward_filter_operation:
            return convolution_operation(Attribute::backward_filter_alpha);
        case BackendType::pointwise_operation:
            return {{Attribute::pointwise_operation_pointwise, A::descriptor},
                    {Attribute::pointwise_operation_x, A::descriptor},
                    {Attribute::pointwise_operation_y, A::descriptor}};
        case BackendType::operation_graph:
            return {{Attribute::operation_graph_handle, A::handle},
                    {Attribute::operation_graph_operations, A::descriptor, 0}};
        case BackendType::variant_pack:
            return {{Attribute::variant_pack_ids, A::int64, 0},
                    {Attribute::variant_pack_pointers, A::pointer, 0},
                    {Attribute::variant_pack_workspace, A::pointer}};
        case BackendType::tensor:
            return {{Attribute::tensor_alignment_bytes, A::int64},
                    {Attribute::tensor_data_type, A::data_type},
                    {Attribute::tensor_extents, A::int64, 0},
                    {Attribute::tensor_strides, A::int64, 0},
                    {Attribute::tensor_id, A::int64},
                    {Attribute::tensor_is_virtual, A::boolean}};
        case BackendType::engine:
        case BackendType::engine_config:
            break;  // cuDNN fills them in
    }
    return {};
}

double factor(const Object& operation, Attribute name) {
    return operation.find(name)->type == AttributeType::float64 ? operation.one<double>(name)
                                                                : static_cast<double>(operation.one<float>(name));
}

}  // namespace

Operation operation_of(const Object& o) {
    using A = Attribute;
    switch (o.type) {
        case BackendType::forward_operation:
            return {0,
                    o.object(A::forward_convolution),
                    o.object(A::forward_x),
                    o.object(A::forward_w),
                    o.object(A::forward_y),
                    factor(o, A::forward_alpha),
                    factor(o, A::forward_beta)};
        case BackendType::backward_data_operation:
            return {1,
                    o.object(A::backward_data_convolution),
                    o.object(A::backward_data_dx),
                    o.object(A::backward_data_w),
                    o.object(A::backward_data_dy),
                    factor(o, A::backward_data_alpha),
                    factor(o, A::backward_data_beta)};
        default:
            return {2,
                    o.object(A::backward_filter_convolution),
                    o.object(A::backward_filter_x),
                    o.object(A::backward_filter_dw),
                    o.object(A::backward_filter_dy),
                    factor(o, A::backward_filter_alpha),
                    factor(o, A::backward_filter_beta)};
    }
}

std::vector<const Object*> operations_of(const Object& graph) {
    std::vector<const Object*> result;
    for (BackendDescriptor operation : graph.all<BackendDescriptor>(Attribute::operation_graph_operations)) {
        result.push_back(static_cast<const Object*>(operation));
    }
    return result;
}

namespace {

std::vector<int> ints(const Object& object, Attribute name) {
    const auto wide = object.all<std::int64_t>(name);
    return {wide.begin(), wide.end()};
}

}  // namespace

TensorDescriptor tensor_of(const Object& tensor) {
    return {tensor.one<DataType>(Attribute::tensor_data_type), ints(tensor, Attribute::tensor_extents),
            ints(tensor, Attribute::tensor_strides)};
}

ConvolutionDescriptor convolution_of(const Operation& o) {
    const Object& c = o.convolution;
    return {ints(c, Attribute::convolution_pre_pads),
            ints(c, Attribute::convolution_strides),
            ints(c, Attribute::convolution_dilations),
            c.one<Mode>(Attribute::convolution_mode),
            c.one<DataType>(Attribute::convolution_compute_type),
            ints(o.x, Attribute::tensor_extents).at(1) / ints(o.w, Attribute::tensor_extents).at(1),
            Math::standard};
}

namespace {

std::string describe(const Object& tensor) {
    TensorDescriptor plain = tensor_of(tensor);
    return (tensor.one<bool>(Attribute::tensor_is_virtual) ? "virtual " : "") + fake_cudnn::describe(&plain);
}

}  // namespace

std::vector<std::string> describe_graph(const Object& graph) {
    std::vector<std::string> result;
    for (const Object* const o : operations_of(graph)) {
        std::ostringstream text;
        if (o->type == BackendType::pointwise_operation) {
            const Object& mode = o->object(Attribute::pointwise_operation_pointwise);
            const bool adds = mode.one<Pointwise>(Attribute::pointwise_mode) == Pointwise::add;
            text << (adds ? "add " + describe(o->object(Attribute::pointwise_operation_b)) : "relu") << " to "
                 << describe(o->object(Attribute::pointwise_operation_y));
        } else {
            const Operation of = operation_of(*o);
            ConvolutionDescriptor plain = convolution_of(of);
            text << name_of(o->type) << " x " << describe(of.x) << " w " << describe(of.w) << " y " << describe(of.y)
                 << " " << fake_cudnn::describe(&plain) << " beta " << of.beta;
        }
        result.push_back(text.str());
    }
    return result;
}

// --- finalize ---

bool is_complete(const Object& object) {
    const auto required = requirements_of(object.type);
    return std::all_of(required.begin(), required.end(), [&](const Requirement& r) {
        const Values* const values = object.find(r.name);
        const bool is_double = values != nullptr && r.type == AttributeType::float32 &&
                               values->type == AttributeType::float64;  // as factors may be
        return values != nullptr && (values->type == r.type || is_double) && values->count > 0 &&
               (r.count == 0 || values->count == r.count);
    });
}

namespace {

/// Whether all descriptors that one is made of are finalized themselves.
bool is_of_finalized(const Object& object) {
    return std::all_of(object.attributes.begin(), object.attributes.end(), [&](const auto& entry) {
        if (entry.second.type != AttributeType::descriptor) {
            return true;
        }
        const auto parts = object.all<BackendDescriptor>(entry.first);
        return std::all_of(parts.begin(), parts.end(),
                           [](BackendDescriptor part) { return static_cast<const Object*>(part)->finalized; });
    });
}

/// Whether each operation reads the virtual tensor that the one before has written, and the last writes a real one.
bool is_chain(const Object& graph) {
    const auto operations = operations_of(graph);
    const Object* written = &operation_of(*operations.front()).result();
    for (std::size_t i = 1; i < operations.size(); ++i) {
        if (&operations[i]->object(Attribute::pointwise_operation_x) != written ||
            !written->one<bool>(Attribute::tensor_is_virtual)) {
            return false;
        }
        written = &operations[i]->object(Attribute::pointwise_operation_y);
    }
    return !written->one<bool>(Attribute::tensor_is_virtual);
}

}  // namespace

Status finalize(Object& object) {
    if (!is_complete(object) || !is_of_finalized(object)) {
        return Status::bad_parameter;
    }
    if (object.type == BackendType::operation_graph && !is_chain(object)) {
        return Status::bad_parameter;
    }
    if (object.type == BackendType::execution_plan) {
        const Object& config = object.object(Attribute::execution_plan_config);
        object.engine = config.engine;
        object.graph = config.graph;
    }
    object.finalized = true;
    return Status::success;
}

}  // namespace fake_cudnn
