#include "engines/gemm/gemm_engine.hpp"

#include <algorithm>
#include <limits>

#include "engines/gemm/column_plan.hpp"
#include "engines/gemm/full_plan.hpp"
#include "engines/gemm/identity_plan.hpp"
#include "geometry/text.hpp"

namespace convnet {

namespace {

/// 1x1 convolution with channels last.
bool has_rows(const ConvolutionProblem& p) { return p.channels_last() && p.is_identity(); }

/// It as one whose images are its positions.
ConvolutionProblem rows_of(ConvolutionProblem p) {
    p.batch *= p.out_positions();
    p.axes.clear();
    return p;
}

/// Whether the columns are x in the order in which it lies in memory, one image each.
bool has_full_images(const ConvolutionProblem& p) { return !p.channels_last() && p.is_full(); }

}  // namespace

// BLAS counts rows, columns and the distances between rows in 32 bits.
bool GemmEngine::supports(const ConvolutionProblem& problem, Device&, std::string& why) const {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const ConvolutionProblem p = has_rows(problem) ? rows_of(problem) : problem;
    const std::int64_t largest =
        std::max({p.in_channels * p.taps(), p.out_channels, p.out_positions(), p.in_positions(), p.batch});
    if (largest > most) {
        why = text("a matrix would have an extent of ", largest, "; at most ", most, " is possible");
        return false;
    }
    return true;
}

std::unique_ptr<const Plan> GemmEngine::plan(const ConvolutionProblem& problem, Device& device) const {
    if (has_rows(problem)) {
        return std::make_unique<FullPlan>(rows_of(problem), device, "gemm 1x1");
    }
    if (has_full_images(problem)) {
        return std::make_unique<FullPlan>(problem, device, "gemm full");
    }
    if (problem.is_identity()) {
        return std::make_unique<IdentityPlan>(problem, device);
    }
    return std::make_unique<ColumnPlan>(problem, device);
}

}  // namespace convnet
