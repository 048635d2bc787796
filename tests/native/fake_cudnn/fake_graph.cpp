// The graph API of the fake cuDNN: descriptors keep what they are given, and are complete or refused.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <sstream>
#include <type_traits>

#include "fake_cudnn/arithmetic.hpp"
#include "fake_cudnn/objects.hpp"
#include "fake_cudnn/use.hpp"

namespace {

using namespace convnet::cudnn::api;
using fake_cudnn::Call;
using fake_cudnn::GraphEngine;
using fake_cudnn::record;
using fake_cudnn::state;
using fake_cudnn::View;

struct Values {
    AttributeType type;
    std::int64_t count;
    std::vector<char> bytes;
};

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

/// A descriptor. Those that cuDNN itself fills in, engines and their configurations, have an engine.
struct Object {
    BackendType type;
    std::map<Attribute, Values> attributes{};
    bool finalized = false;
    GraphEngine engine{};
    const Object* graph = nullptr;
    std::atomic<int> users{0};

    explicit Object(BackendType of) : type(of) {}

    const Values* find(Attribute name) const {
        const auto found = attributes.find(name);
        return found != attributes.end() ? &found->second : nullptr;
    }

    template <class T>
    std::vector<T> all(Attribute name) const {
        std::vector<T> result(static_cast<std::size_t>(find(name)->count));
        std::memcpy(result.data(), find(name)->bytes.data(), find(name)->bytes.size());
        return result;
    }

    template <class T>
    T one(Attribute name) const {
        T result{};
        std::memcpy(&result, find(name)->bytes.data(), sizeof result);
        return result;
    }

    const Object& object(Attribute name) const { return *static_cast<const Object*>(one<BackendDescriptor>(name)); }
};

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

// --- what the descriptors of a graph say ---

/// The convolution of a graph with its three tensors.
struct Operation {
    int pass;
    const Object &convolution, &x, &w, &y;
    double alpha, beta;

    const Object& result() const { return pass == 0 ? y : pass == 1 ? x : w; }
};

double factor(const Object& operation, Attribute name) {
    return operation.find(name)->type == AttributeType::float64 ? operation.one<double>(name)
                                                                : static_cast<double>(operation.one<float>(name));
}

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

std::vector<int> ints(const Object& object, Attribute name) {
    const auto wide = object.all<std::int64_t>(name);
    return {wide.begin(), wide.end()};
}

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

std::string describe(const Object& tensor) {
    TensorDescriptor plain = tensor_of(tensor);
    return (tensor.one<bool>(Attribute::tensor_is_virtual) ? "virtual " : "") + fake_cudnn::describe(&plain);
}

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

// --- what cuDNN fills in ---

template <class T>
void answer(const std::vector<T>& values, std::int64_t most, std::int64_t* count, void* to) {
    *count = static_cast<std::int64_t>(values.size());
    std::copy_n(values.begin(), std::min(values.size(), static_cast<std::size_t>(most)), static_cast<T*>(to));
}

int pass_of(const Object& graph) { return operation_of(*operations_of(graph).front()).pass; }

std::int64_t workspace_of(const Object& plan) {
    const auto known = state().workspaces.find({pass_of(*plan.graph), fake_cudnn::graph_engine(plan.engine.index)});
    return known != state().workspaces.end() ? static_cast<std::int64_t>(known->second) : 0;
}

Status fill_results(const Object& heuristics, std::int64_t most, std::int64_t* count, void* to) {
    const bool best = heuristics.one<Heuristic>(Attribute::heuristics_mode) == Heuristic::best;
    const auto& engines = best ? state().graph_engines : state().fallback_engines;
    *count = static_cast<std::int64_t>(engines.size());
    auto* const configs = static_cast<Object**>(to);
    for (std::size_t i = 0; i < std::min(engines.size(), static_cast<std::size_t>(most)); ++i) {
        configs[i]->engine = engines[i];
        configs[i]->graph = &heuristics.object(Attribute::heuristics_graph);
        configs[i]->finalized = true;
    }
    return Status::success;
}

// --- execute ---

const void* pointer_to(const Object& tensor, const Object& pack) {
    const auto ids = pack.all<std::int64_t>(Attribute::variant_pack_ids);
    const auto found = std::find(ids.begin(), ids.end(), tensor.one<std::int64_t>(Attribute::tensor_id));
    return found == ids.end() ? nullptr
                              : pack.all<const void*>(Attribute::variant_pack_pointers)
                                    .at(static_cast<std::size_t>(found - ids.begin()));
}

/// What virtual tensors hold is put where the last operation writes.
Status compute(const Object& plan, const Object& pack) {
    const auto operations = operations_of(*plan.graph);
    const Operation first = operation_of(*operations.front());
    const Object& last =
        operations.size() == 1 ? first.result() : operations.back()->object(Attribute::pointwise_operation_y);
    TensorDescriptor x = tensor_of(first.x), w = tensor_of(first.w), y = tensor_of(first.y), end = tensor_of(last);
    const auto view = [&](TensorDescriptor& tensor, const Object& object) {
        return &object == &first.result() ? View(&end, pointer_to(last, pack))
                                          : View(&tensor, pointer_to(object, pack));
    };
    ConvolutionDescriptor convolution = convolution_of(first);
    const auto role = static_cast<fake_cudnn::Role>(first.pass == 0 ? 2 : first.pass - 1);
    static_assert(static_cast<int>(fake_cudnn::Role::x) == 0 && static_cast<int>(fake_cudnn::Role::w) == 1);
    Status status = fake_cudnn::convolve(&convolution, view(x, first.x), view(w, first.w), view(y, first.y), role,
                                         first.alpha, first.beta);
    for (std::size_t i = 1; i < operations.size() && status == Status::success; ++i) {
        const View result(&end, pointer_to(last, pack));
        if (const Values* const added = operations[i]->find(Attribute::pointwise_operation_b); added != nullptr) {
            const Object& bias = operations[i]->object(Attribute::pointwise_operation_b);
            TensorDescriptor of_bias = tensor_of(bias);
            status = fake_cudnn::add(View(&of_bias, pointer_to(bias, pack)), result, 1, 1);
        } else {
            fake_cudnn::rectify(result);
        }
    }
    return status;
}

Object* object(BackendDescriptor descriptor) { return static_cast<Object*>(descriptor); }

}  // namespace

extern "C" {

Status cudnnBackendCreateDescriptor(BackendType type, BackendDescriptor* descriptor) {
    const Status status = record({.function = "cudnnBackendCreateDescriptor", .descriptors = {name_of(type)}});
    if (status == Status::success) {
        *descriptor = new Object(type);
        const std::lock_guard lock(state().mutex);
        ++state().live["graph descriptor"];
    }
    return status;
}

Status cudnnBackendDestroyDescriptor(BackendDescriptor descriptor) {
    delete object(descriptor);
    const std::lock_guard lock(state().mutex);
    --state().live["graph descriptor"];
    return Status::success;
}

Status cudnnBackendSetAttribute(BackendDescriptor descriptor, Attribute name, AttributeType type, std::int64_t count,
                                const void* values) {
    const Status status =
        record({.function = "cudnnBackendSetAttribute", .descriptors = {name_of(object(descriptor)->type)}});
    if (status != Status::success || object(descriptor)->finalized) {
        return status != Status::success ? status : Status::bad_parameter;
    }
    const auto* const bytes = static_cast<const char*>(values);
    object(descriptor)->attributes[name] = {
        type, count, {bytes, bytes + size_of(type) * static_cast<std::size_t>(count)}};
    return status;
}

Status cudnnBackendFinalize(BackendDescriptor descriptor) {
    Object& o = *object(descriptor);
    Call made{.function = "cudnnBackendFinalize", .descriptors = {name_of(o.type)}};
    if (o.type == BackendType::execution_plan && is_complete(o)) {
        made.algorithm = fake_cudnn::graph_engine(o.object(Attribute::execution_plan_config).engine.index);
    }
    const Status status = record(made);
    return status == Status::success ? finalize(o) : status;
}

Status cudnnBackendGetAttribute(BackendDescriptor descriptor, Attribute name, AttributeType, std::int64_t most,
                                std::int64_t* count, void* values) {
    const Object& o = *object(descriptor);
    const Status status = record({.function = "cudnnBackendGetAttribute", .descriptors = {name_of(o.type)}});
    if (status != Status::success || !o.finalized) {
        return status != Status::success ? status : Status::bad_parameter;
    }
    const std::lock_guard lock(state().mutex);
    switch (name) {
        case Attribute::heuristics_results:
            return fill_results(o, most, count, values);
        case Attribute::engine_config_engine: {
            Object& engine = **static_cast<Object**>(values);
            engine.engine = o.engine;
            engine.finalized = true;
            *count = 1;
            return status;
        }
        case Attribute::engine_numerical_notes:
            answer(o.engine.notes, most, count, values);
            return status;
        case Attribute::engine_index:
            answer(std::vector<std::int64_t>{o.engine.index}, most, count, values);
            return status;
        case Attribute::execution_plan_workspace_bytes:
            answer(std::vector<std::int64_t>{workspace_of(o)}, most, count, values);
            return status;
        default:
            return Status::not_supported;
    }
}

// Operands are those of the pass in the order of the descriptor API, and then the bias.
Status cudnnBackendExecute(Handle handle, BackendDescriptor plan, BackendDescriptor pack) {
    const bool alone = object(plan)->users.fetch_add(1) == 0;
    const fake_cudnn::Use use(handle);
    Call made{.function = "cudnnBackendExecute",
              .handle = handle,
              .stream = handle->stream,
              .descriptors = describe_graph(*object(plan)->graph),
              .operands = object(pack)->all<const void*>(Attribute::variant_pack_pointers),
              .algorithm = fake_cudnn::graph_engine(object(plan)->engine.index),
              .workspace = object(pack)->one<void*>(Attribute::variant_pack_workspace)};
    {
        const std::lock_guard lock(state().mutex);
        state().overlaps += alone ? 0 : 1;
    }
    Status status = object(pack)->finalized ? fake_cudnn::record_work(made) : Status::bad_parameter;
    if (status == Status::success && state().memory) {
        // How much workspace there is, cuDNN does not know.
        void* const workspace = const_cast<void*>(made.workspace);
        const auto bytes = static_cast<std::size_t>(workspace_of(*object(plan)));
        fake_cudnn::use_workspace(pass_of(*object(plan)->graph), made.algorithm, workspace, bytes);
        status = compute(*object(plan), *object(pack));
    }
    object(plan)->users.fetch_sub(1);
    return status;
}

// What the fake defines is what is declared, parameter by parameter.
#define SAME_SIGNATURE(name, result, ...) \
    result name(__VA_ARGS__);             \
    static_assert(std::is_same_v<decltype(&name), decltype(GraphFunctions::name)>);
CONVNET_CUDNN_GRAPH_FUNCTIONS(SAME_SIGNATURE)

}  // extern "C"
