#include "engines/cudnn/graph_candidate.hpp"

#include <array>
#include <map>
#include <string>

namespace convnet::cudnn {
namespace {

/// Text that lives as long as the process.
const char* name_of_engine(std::int64_t index) {
    static std::mutex mutex;
    static auto* const names = new std::map<std::int64_t, std::string>;
    const std::lock_guard lock(mutex);
    return names->try_emplace(index, text("graph engine ", index)).first->second.c_str();
}

/// The tensors of Operands, in their order.
std::array<std::int64_t, 3> ids_of(Pass pass) noexcept {
    switch (pass) {
        case Pass::forward:
            return {TensorId::x, TensorId::w, TensorId::y};
        case Pass::backward_data:
            return {TensorId::w, TensorId::y, TensorId::x};
        case Pass::backward_filter:
            break;
    }
    return {TensorId::x, TensorId::y, TensorId::w};
}

}  // namespace

std::shared_ptr<const GraphCandidate> GraphCandidate::make(const Library& library, Pass pass,
                                                           std::shared_ptr<const OperationGraph> graph, Backend config,
                                                           std::int64_t engine_index, api::Handle handle) {
    Backend plan(library, api::BackendType::execution_plan);
    plan.set(api::Attribute::execution_plan_handle, handle);
    plan.set(api::Attribute::execution_plan_config, config);
    plan.finalize();
    const auto bytes = plan.get<std::int64_t>(api::Attribute::execution_plan_workspace_bytes, 1).at(0);
    return std::make_shared<const GraphCandidate>(library, pass, std::move(graph), std::move(config), std::move(plan),
                                                  name_of_engine(engine_index), bytes);
}

// Statuses instead of errors, so that another candidate is tried when this one fails.
api::Status GraphCandidate::run(const Run& r) const {
    const api::GraphFunctions& f = *library_.graph();
    const auto [first, second, third] = ids_of(pass_);
    const std::array ids{first, second, third, std::int64_t{TensorId::bias}};
    const std::array<const void*, 4> pointers{r.operands.first, r.operands.second, r.operands.result, r.bias};
    const std::int64_t count = r.epilogue == Epilogue::none ? 3 : 4;

    api::BackendDescriptor made = nullptr;
    api::Status status = f.cudnnBackendCreateDescriptor(api::BackendType::variant_pack, &made);
    if (status != api::Status::success) {
        return status;
    }
    const Owned<void> pack(made, f.cudnnBackendDestroyDescriptor);
    const auto set = [&](api::Attribute attribute, api::AttributeType type, std::int64_t number, const void* values) {
        if (status == api::Status::success) {
            status = f.cudnnBackendSetAttribute(made, attribute, type, number, values);
        }
    };
    set(api::Attribute::variant_pack_ids, api::AttributeType::int64, count, ids.data());
    set(api::Attribute::variant_pack_pointers, api::AttributeType::pointer, count, pointers.data());
    set(api::Attribute::variant_pack_workspace, api::AttributeType::pointer, 1, &r.workspace.data);
    if (status == api::Status::success) {
        status = f.cudnnBackendFinalize(made);
    }
    if (status == api::Status::success) {
        const std::lock_guard lock(mutex_);
        status = f.cudnnBackendExecute(r.handle, plan_.get(), made);
    }
    return status;
}

}  // namespace convnet::cudnn
