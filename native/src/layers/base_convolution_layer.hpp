// What convolution and deconvolution share: options, parameters, and the plan of one convolution problem.
#pragma once

#include "geometry/convolution_problem.hpp"
#include "layers/layer.hpp"
#include "layers/prepared_weights.hpp"

namespace convnet {

class BaseConvolutionLayer : public Layer {
public:
    BaseConvolutionLayer(std::shared_ptr<Device> device, DataType type, ConvolutionOptions options);

    const Plan* plan() const noexcept final { return state_.plan.get(); }

protected:
    enum Parameter : std::size_t { weights = 0, bias = 1 };

    const ConvolutionOptions& options() const noexcept { return options_; }

    /// The problem for a bottom of this layout: which side of it the bottom is, is what the two layers differ in.
    virtual ConvolutionProblem make_problem(const Layout& layout, std::span<const std::int64_t> spatial,
                                            const Window& window) const = 0;

    /// Extents of the top of a problem.
    virtual std::vector<std::int64_t> top_extents(const ConvolutionProblem& problem) const = 0;

    const Plan& current_plan() const noexcept { return *state_.plan; }

    /// The weights as the plan reads them for `use`.
    const void* prepared(WeightUse use) { return prepared_weights_.get(*state_.plan, use, parameter_blob(weights)); }

    Epilogue epilogue() const { return {options_.bias_term ? parameter_data(bias) : nullptr, options_.slope()}; }

    /// Adds the bias' gradient, unless there is none or it is frozen.
    void backward_bias(const void* top_diff);

private:
    struct State {
        std::unique_ptr<const Plan> plan;
        FormKey form;
        BiasExtents bias;
    };

    Setup prepare(const Shape& bottom) final;
    void commit() noexcept final;
    bool has_activation() const noexcept final { return options_.slope() != 1; }
    const void* gradient_of_sums(const void* top, const void* top_diff) final;

    const ConvolutionOptions options_;
    State state_, next_state_;
    PreparedWeights prepared_weights_;
    DeviceMemory sums_diff_;  // of one top, where there is an activation; kept, since the next pass needs it again
};

}  // namespace convnet
