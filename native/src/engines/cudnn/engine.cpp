#include "engines/cudnn/engine.hpp"

#include "engines/cudnn/problem.hpp"
#include "geometry/error.hpp"

namespace convnet::cudnn {
namespace {

// Device and version are not part of it, since an engine is for one of each.
PlanCache::Key key_of(const cn_cuda_problem& p, const cn_cudnn_limits& limits) {
    PlanCache::Key key{p.dtype,
                       p.layout,
                       p.strict,
                       p.batch,
                       p.in_channels,
                       p.out_channels,
                       p.groups,
                       limits.tf32 != 0,
                       limits.deterministic != 0,
                       limits.autotune != 0,
                       limits.overwrite_filter != 0,
                       limits.workspace_limit_bytes};
    for (int axis = 0; axis < p.spatial_axes; ++axis) {
        key.insert(key.end(), {p.in[axis], p.out[axis], p.kernel[axis], p.stride[axis], p.pad[axis], p.dilation[axis]});
    }
    return key;
}

}  // namespace

std::string Engine::reason_against(const cn_cuda_problem& problem, const cn_cudnn_limits& limits) {
    std::string reason = unsupported_reason(problem);
    if (reason.empty()) {
        try {
            plan(problem, limits);
        } catch (const Error& error) {
            reason = error.what();
        }
    }
    return reason;
}

std::shared_ptr<const Plan> Engine::plan(const cn_cuda_problem& problem, const cn_cudnn_limits& limits) {
    if (const std::string reason = unsupported_reason(problem); !reason.empty()) {
        throw Error(Status::unsupported, "engine", reason);
    }
    return cache_.get(key_of(problem, limits),
                      [&] { return std::make_shared<const Plan>(library_, handles_, problem, limits); });
}

void Engine::release() {
    cache_.clear();
    handles_.release_all();
}

}  // namespace convnet::cudnn
