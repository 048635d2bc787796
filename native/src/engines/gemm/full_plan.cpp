#include "engines/gemm/full_plan.hpp"

#include <utility>

namespace convnet {

Algorithms FullPlan::algorithms() const noexcept { return {algorithm_, algorithm_, algorithm_}; }

GemmArguments FullPlan::product() const {
    GemmArguments g;
    g.type = problem().type;
    g.groups = problem().groups;
    g.strict = problem().accuracy == Accuracy::strict;
    return g;
}

// A group's part of x: one image a row.
template <class Pointer>
Matrices<Pointer> FullPlan::images(Pointer x) const {
    return {x, problem().in_channels * problem().taps(), 0, problem().column_rows_per_group()};
}

// A group's part of y: one image a row.
template <class Pointer>
Matrices<Pointer> FullPlan::outputs(Pointer y) const {
    return {y, problem().out_channels, 0, problem().out_channels_per_group()};
}

// A group's filters: one a row.
template <class Pointer>
Matrices<Pointer> FullPlan::filters(Pointer w) const {
    const std::int64_t k = problem().column_rows_per_group();
    return {w, k, 0, problem().out_channels_per_group() * k};
}

// With the filters as B.
GemmArguments FullPlan::product(WeightUse use, const void* w) const {
    GemmArguments g = product();
    g.m = problem().batch;
    g.n = problem().out_channels_per_group();
    g.k = problem().column_rows_per_group();
    g.transpose_b = use == WeightUse::forward;
    if (!g.transpose_b) {
        std::swap(g.n, g.k);
    }
    g.b = filters(w);
    return g;
}

std::int64_t FullPlan::prepared_bytes(WeightUse use) const noexcept {
    return weights_change(problem(), use) ? 0 : device().packed_b_bytes(product(use, nullptr));
}

void FullPlan::prepare(WeightUse use, const void* w, void* prepared) const {
    device().pack_b(product(use, w), prepared);
}

void FullPlan::forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const {
    GemmArguments g = product(WeightUse::forward, w);
    g.packed_b = prepared_bytes(WeightUse::forward) > 0 ? w : nullptr;
    g.a = images(x);
    g.c = outputs(y);
    device().gemm(g);
    finish(epilogue, y, problem().out_channels, 1);
}

void FullPlan::backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const {
    GemmArguments g = product(WeightUse::backward_data, w);
    g.packed_b = prepared_bytes(WeightUse::backward_data) > 0 ? w : nullptr;
    g.a = outputs(dy);
    g.c = images(dx);
    device().gemm(g);
    finish(epilogue, dx, problem().in_channels, problem().in_positions());
}

void FullPlan::backward_filter(const void* x, const void* dy, void* dw) const {
    GemmArguments g = product();
    g.m = problem().out_channels_per_group();
    g.n = problem().column_rows_per_group();
    g.k = problem().batch;
    g.transpose_a = true;
    g.a = outputs(dy);
    g.b = images(x);
    g.c = filters(dw);
    g.accumulate = true;
    device().gemm(g);
}

}  // namespace convnet
