#include "engines/engine.hpp"

#include <array>

#include "diagnostics/log.hpp"
#include "engines/cuda/cudnn_engine.hpp"
#include "engines/cuda/depthwise_engine.hpp"
#include "engines/direct/direct_engine.hpp"
#include "engines/gemm/gemm_engine.hpp"
#include "geometry/error.hpp"

namespace convnet {
namespace {

// In the order in which `automatic` asks them.
const DirectEngine direct_engine;
const CudnnEngine cudnn_engine;
const DepthwiseEngine depthwise_engine;
const GemmEngine gemm_engine;
const std::array<const Engine*, 4> engines{&direct_engine, &cudnn_engine, &depthwise_engine, &gemm_engine};

const char* name_of(EngineKind kind) {
    switch (kind) {
        case EngineKind::automatic:
            return "automatic";
        case EngineKind::gemm:
            return "gemm";
        case EngineKind::cudnn:
            return "cudnn";
        case EngineKind::direct:
            return "direct";
    }
    return "unknown";
}

}  // namespace

std::unique_ptr<const Plan> make_plan(EngineKind kind, const ConvolutionProblem& problem, Device& device) {
    std::string reasons;
    for (const Engine* engine : engines) {
        if (kind != EngineKind::automatic && kind != engine->kind()) {
            continue;
        }
        std::string why;
        if (engine->supports(problem, device, why)) {
            auto plan = engine->plan(problem, device);
            log::debug("engine ", engine->name(), " takes ", problem.to_string(), ": forward ",
                       plan->algorithms().forward, ", backward data ", plan->algorithms().backward_data,
                       ", backward filter ", plan->algorithms().backward_filter, ", ", plan->workspace_bytes(),
                       " bytes of workspace");
            return plan;
        }
        reasons += text(reasons.empty() ? "" : "; ", engine->name(), ": ", why);
    }
    throw Error(Status::unsupported, "engine",
                text("engine ", name_of(kind), " cannot compute ", problem.to_string(), ": ", reasons,
                     "; choose another engine, or automatic"));
}

}  // namespace convnet
