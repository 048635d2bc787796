#include "engines/gemm/identity_plan.hpp"

#include "engines/gemm/products.hpp"

namespace convnet {

Algorithms IdentityPlan::algorithms() const noexcept { return {"gemm 1x1", "gemm 1x1", "gemm 1x1"}; }

void IdentityPlan::forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const {
    const std::int64_t positions = problem().out_positions();
    device().gemm(forward_product(problem(), everything(), {x, positions}, w, y));
    finish(epilogue, y, problem().out_channels, positions);
}

void IdentityPlan::backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const {
    const std::int64_t positions = problem().out_positions();
    device().gemm(backward_data_product(problem(), everything(), {dx, positions}, w, dy));
    finish(epilogue, dx, problem().in_channels, positions);
}

void IdentityPlan::backward_filter(const void* x, const void* dy, void* dw) const {
    device().gemm(backward_filter_product(problem(), everything(), {x, problem().out_positions()}, dy, dw));
}

}  // namespace convnet
