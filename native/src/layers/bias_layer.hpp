// Adds a parameter of shape input[axis .. axis + num_axes) to its input, repeated along the other axes.
#pragma once

#include "layers/layer.hpp"

namespace convnet {

class BiasLayer final : public Layer {
public:
    /// `num_axes` 0 makes the bias a scalar, -1 takes all axes from `axis` on.
    BiasLayer(std::shared_ptr<Device> device, DataType type, int axis, int num_axes);

private:
    Setup prepare(const Shape& bottom) override;
    void commit() noexcept override { extents_ = prepared_; }
    void forward_one(const void* bottom, void* top) override;
    void backward_one(const void* top_diff, const void* bottom, void* bottom_diff) override;
    bool works_in_place() const noexcept override { return true; }

    const int axis_, num_axes_;
    BiasExtents extents_, prepared_;
};

}  // namespace convnet
