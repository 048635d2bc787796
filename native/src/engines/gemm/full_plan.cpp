#include "engines/gemm/full_plan.hpp"

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

void FullPlan::forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const {
    GemmArguments g = product();
    g.m = problem().batch;
    g.n = problem().out_channels_per_group();
    g.k = problem().column_rows_per_group();
    g.transpose_b = true;
    g.a = images(x);
    g.b = filters(w);
    g.c = outputs(y);
    device().gemm(g);
    finish(epilogue, y, problem().out_channels, 1);
}

void FullPlan::backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const {
    GemmArguments g = product();
    g.m = problem().batch;
    g.n = problem().column_rows_per_group();
    g.k = problem().out_channels_per_group();
    g.a = outputs(dy);
    g.b = filters(w);
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
