// 1x1 convolution with stride 1 and no padding: the columns are x itself, so nothing is gathered and no workspace taken.
#pragma once

#include "engines/gemm/gemm_plan.hpp"

namespace convnet {

class IdentityPlan final : public GemmPlan {
public:
    using GemmPlan::GemmPlan;

    Algorithms algorithms() const noexcept override;
    std::int64_t workspace_bytes() const noexcept override { return 0; }
    void forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const override;
    void backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const override;
    void backward_filter(const void* x, const void* dy, void* dw) const override;

private:
    ColumnTile everything() const { return {problem().batch, 0, problem().out_positions()}; }
};

}  // namespace convnet
