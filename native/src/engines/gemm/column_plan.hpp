// Convolution over explicit columns, gathered tile by tile into one workspace that never exceeds the device's limit.
#pragma once

#include "engines/gemm/gemm_plan.hpp"

namespace convnet {

class ColumnPlan final : public GemmPlan {
public:
    /// Throws out_of_memory when not even the columns of one output position fit the workspace limit.
    ColumnPlan(const ConvolutionProblem& problem, Device& device);

    Algorithms algorithms() const noexcept override;
    std::int64_t workspace_bytes() const noexcept override;
    void forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const override;
    void backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const override;
    void backward_filter(const void* x, const void* dy, void* dw) const override;
    void forward_with_filter_gradient(const void* x, const void* w, void* y, const void* dy, void* dw) const override;

private:
    /// Calls function(tile, index of its first image) for every tile, in order.
    template <class Function>
    void for_each_tile(const Function& function) const;

    /// Calls function(tile, its columns, index of its first image) with the columns of x gathered once a tile.
    template <class Function>
    void for_each_gathered_tile(const void* x, const Function& function) const;

    template <class Pointer>
    Pointer image_of_x(Pointer x, std::int64_t image) const;
    template <class Pointer>
    Pointer image_of_y(Pointer y, std::int64_t image) const;

    ColumnTile largest_;  // every tile but the last ones is this large
};

}  // namespace convnet
