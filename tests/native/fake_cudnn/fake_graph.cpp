// The graph API of the fake cuDNN: what it answers, and computes.
#include <algorithm>
#include <type_traits>

#include "fake_cudnn/arithmetic.hpp"
#include "fake_cudnn/graph_object.hpp"
#include "fake_cudnn/use.hpp"

namespace {

using namespace fake_cudnn;

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
