// Lays every window of its input out as a column: [batch..., channels, in...] to [batch..., channels*taps, out...].
#pragma once

#include "geometry/convolution_problem.hpp"
#include "layers/layer.hpp"

namespace convnet {

class Im2colLayer final : public Layer {
public:
    Im2colLayer(std::shared_ptr<Device> device, DataType type, ConvolutionOptions options);

private:
    Setup prepare(const Shape& bottom) override;
    void commit() noexcept override;
    void forward_one(const void* bottom, void* top) override;
    void backward_one(const void* top_diff, const void* bottom, void* bottom_diff) override;

    ColumnTile everything() const { return {problem_.batch, 0, problem_.out_positions()}; }

    const ConvolutionOptions options_;
    ConvolutionProblem problem_, prepared_;
};

}  // namespace convnet
