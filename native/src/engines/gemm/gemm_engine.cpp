#include "engines/gemm/gemm_engine.hpp"

#include <algorithm>
#include <limits>

#include "engines/gemm/column_plan.hpp"
#include "engines/gemm/full_plan.hpp"
#include "engines/gemm/identity_plan.hpp"
#include "geometry/text.hpp"

namespace convnet {

// BLAS counts rows, columns and the distances between rows in 32 bits.
bool GemmEngine::supports(const ConvolutionProblem& p, Device&, std::string& why) const {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const std::int64_t largest =
        std::max({p.in_channels * p.taps(), p.out_channels, p.out_positions(), p.in_positions(), p.batch});
    if (largest > most) {
        why = text("a matrix would have an extent of ", largest, "; at most ", most, " is possible");
        return false;
    }
    return true;
}

std::unique_ptr<const Plan> GemmEngine::plan(const ConvolutionProblem& problem, Device& device) const {
    if (problem.is_full()) {
        return std::make_unique<FullPlan>(problem, device);
    }
    if (problem.is_identity()) {
        return std::make_unique<IdentityPlan>(problem, device);
    }
    return std::make_unique<ColumnPlan>(problem, device);
}

}  // namespace convnet
