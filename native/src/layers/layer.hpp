// What all layers have: bottoms and tops of one shape each, parameters, and checks of everything they are given.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "engines/engine.hpp"
#include "layers/blob.hpp"
#include "layers/tensor_view.hpp"

namespace convnet {

class Layer {
public:
    /// `parameters` is how many parameters the layer has.
    Layer(std::shared_ptr<Device> device, DataType type, std::size_t parameters);
    Layer(const Layer&) = delete;
    Layer& operator=(const Layer&) = delete;
    virtual ~Layer() = default;

    Device& device() const noexcept { return *device_; }
    DataType type() const noexcept { return type_; }

    /// Takes the shape of the bottoms. Makes the parameters the first time. Changes nothing when it throws.
    void reshape(const Shape& bottom);
    bool reshaped() const noexcept { return reshaped_; }
    const Shape& bottom_shape() const noexcept { return bottom_shape_; }
    const Shape& top_shape() const noexcept { return top_shape_; }

    int parameter_count() const noexcept { return static_cast<int>(parameters_.size()); }

    /// Null before the parameter exists.
    std::shared_ptr<Blob> parameter(int index) const;
    void set_parameter(int index, std::shared_ptr<Blob> blob);
    void set_param_propagate_down(int index, bool propagate);
    void clear_gradients();

    void forward(std::span<const TensorView> bottoms, std::span<const TensorView> tops);

    /// Gradients of bottoms are overwritten, those of parameters added to. Without `bottom_diffs` no bottom's is
    /// wanted; without `propagate_down` all that there are. `tops` are needed where there is an activation.
    void backward(std::span<const TensorView> top_diffs, std::span<const TensorView> bottoms,
                  std::span<const TensorView> bottom_diffs, std::span<const std::uint8_t> propagate_down,
                  std::span<const TensorView> tops = {});

    /// How the layer computes; null where there is nothing to choose.
    virtual const Plan* plan() const noexcept { return nullptr; }

    /// The algorithms of the layer's own passes, where it has a plan.
    virtual Algorithms algorithms() const noexcept { return {}; }

protected:
    /// What a new bottom shape leads to.
    struct Setup {
        Shape top;
        std::vector<Shape> parameters;
    };

    /// Checks a bottom shape and keeps what commit() will need. Must not change what the layer computes now.
    virtual Setup prepare(const Shape& bottom) = 0;

    /// Makes what prepare() kept the state of the layer.
    virtual void commit() noexcept = 0;

    virtual void forward_one(const void* bottom, void* top) = 0;

    /// `bottom_diff` is null when it is not wanted.
    virtual void backward_one(const void* top_diff, const void* bottom, void* bottom_diff) = 0;

    /// Whether gradients can be told only with the tops.
    virtual bool has_activation() const noexcept { return false; }

    /// The gradient of what the activation was applied to; valid until the next call.
    virtual const void* gradient_of_sums(const void* /*top*/, const void* top_diff) { return top_diff; }

    /// Whether a top may be the same memory as its bottom.
    virtual bool works_in_place() const noexcept { return false; }

    const Blob& parameter_blob(std::size_t index) const { return *parameters_[index].blob(); }
    const void* parameter_data(std::size_t index) const { return parameters_[index].blob()->data(); }

    /// The gradient to add to, or null when the parameter is frozen.
    void* parameter_diff(std::size_t index) const;

    const std::shared_ptr<Device>& shared_device() const noexcept { return device_; }

private:
    class Busy;

    std::vector<Blob::Use> make_parameters(const std::vector<Shape>& shapes) const;
    std::size_t checked_index(int index) const;
    void check_counts(std::size_t bottoms, std::size_t tops) const;
    void check_apart(const TensorView& output, const char* output_name, std::size_t output_index,
                     const TensorRequirement& output_required, std::span<const TensorView> inputs,
                     const char* input_name, const TensorRequirement& input_required, bool same_allowed) const;
    void check_apart_from_parameters(const TensorView& output, const char* name, std::size_t index,
                                     const TensorRequirement& required) const;

    live::Counted<live::layers> counted_;
    const std::shared_ptr<Device> device_;
    const DataType type_;
    bool reshaped_ = false;
    Shape bottom_shape_, top_shape_;
    std::vector<Blob::Use> parameters_;
    std::vector<bool> param_propagate_down_;
    std::atomic<bool> busy_{false};
};

}  // namespace convnet
