#include "layers/layer.hpp"

#include "geometry/error.hpp"

namespace convnet {

/// Marks the layer as in use by one thread.
class Layer::Busy {
public:
    explicit Busy(std::atomic<bool>& busy) : busy_(busy) {
        if (busy_.exchange(true, std::memory_order_acquire)) {
            throw Error(Status::invalid_state, "layer",
                        "another thread is using this layer; a layer belongs to one thread at a time, so give each "
                        "thread a layer of its own (in forward passes they may share parameters)");
        }
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() { busy_.store(false, std::memory_order_release); }

private:
    std::atomic<bool>& busy_;
};

Layer::Layer(std::shared_ptr<Device> device, DataType type, std::size_t parameters)
    : device_(std::move(device)), type_(type), parameters_(parameters), param_propagate_down_(parameters, true) {
    if (!device_->computes(type)) {
        throw Error(Status::unsupported, "dtype", no_cpu_arithmetic(type));
    }
}

void Layer::reshape(const Shape& bottom) {
    const Busy busy(busy_);
    if (reshaped_ && bottom == bottom_shape_) {
        return;
    }
    require(!reshaped_ || bottom.rank() == bottom_shape_.rank(), "shape", "shape ", bottom.to_string(), " has ",
            bottom.rank(), " axes, but the layer was set up for ", bottom_shape_.to_string(),
            "; the number of axes cannot change");
    Shape new_bottom = bottom;
    Setup setup = prepare(bottom);
    std::vector<Blob::Use> parameters = make_parameters(setup.parameters);
    // Nothing throws from here on.
    commit();
    parameters_ = std::move(parameters);
    bottom_shape_ = std::move(new_bottom);
    top_shape_ = std::move(setup.top);
    reshaped_ = true;
}

std::vector<Blob::Use> Layer::make_parameters(const std::vector<Shape>& shapes) const {
    std::vector<Blob::Use> result;
    result.reserve(shapes.size());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const std::shared_ptr<Blob>& existing = parameters_[i].blob();
        if (existing == nullptr) {
            result.emplace_back(std::make_shared<Blob>(device_, type_, shapes[i]));
            continue;
        }
        require(existing->shape() == shapes[i], "shape", "parameter ", i, " has shape ", existing->shape().to_string(),
                ", but this input needs ", shapes[i].to_string(),
                "; give an input with the channels that the parameters were made for, or other parameters");
        result.emplace_back(existing);
    }
    return result;
}

std::size_t Layer::checked_index(int index) const {
    require(index >= 0 && index < parameter_count(), "index", "index is ", index, ", but the layer has ",
            parameter_count(), " parameters");
    return static_cast<std::size_t>(index);
}

std::shared_ptr<Blob> Layer::parameter(int index) const { return parameters_[checked_index(index)].blob(); }

void Layer::set_parameter(int index, std::shared_ptr<Blob> blob) {
    const Busy busy(busy_);
    Blob::Use& parameter = parameters_[checked_index(index)];
    require(device_->has_memory_of(blob->device()), "blob", "the blob is on device ",
            static_cast<int>(blob->device().type()), ":", blob->device().index(), ", another device than the layer's ",
            static_cast<int>(device_->type()), ":", device_->index(),
            "; give a blob that was made on the layer's device");
    require(blob->type() == type_, "blob", "the blob is ", name_of(blob->type()), ", but the layer is ",
            name_of(type_));
    require(!reshaped_ || blob->shape() == parameter.blob()->shape(), "blob", "the blob has shape ",
            blob->shape().to_string(), ", but parameter ", index, " has shape ",
            reshaped_ ? parameter.blob()->shape().to_string() : "");
    parameter = Blob::Use(std::move(blob));
}

void Layer::set_param_propagate_down(int index, bool propagate) {
    const Busy busy(busy_);
    param_propagate_down_[checked_index(index)] = propagate;
}

void Layer::clear_gradients() {
    const Busy busy(busy_);
    for (const Blob::Use& parameter : parameters_) {
        if (parameter.blob() != nullptr) {
            parameter.blob()->clear_diff();
        }
    }
}

void* Layer::parameter_diff(std::size_t index) const {
    return param_propagate_down_[index] ? parameters_[index].blob()->diff() : nullptr;
}

void Layer::check_counts(std::size_t bottoms, std::size_t tops) const {
    if (!reshaped_) {
        throw Error(Status::invalid_state, "layer", "the layer has no shape yet; reshape it to its bottoms first");
    }
    require(bottoms >= 1, "bottom_count", "there are no bottoms; give one or more");
    require(bottoms == tops, "top_count", "there are ", tops, " tops for ", bottoms,
            " bottoms; give as many tops as bottoms");
}

void Layer::check_apart(const TensorView& output, const char* output_name, std::size_t output_index,
                        const TensorRequirement& output_required, std::span<const TensorView> inputs,
                        const char* input_name, const TensorRequirement& input_required, bool same_allowed) const {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const bool in_place = same_allowed && i == output_index && inputs[i].data == output.data;
        if (in_place || !overlap(output.data, output_required.bytes(), inputs[i].data, input_required.bytes())) {
            continue;
        }
        const std::string name = text(output_name, "[", output_index, "]");
        throw Error(Status::invalid_argument, name,
                    text(name, " overlaps ", input_name, "[", i, "]; give it memory of its own"));
    }
}

void Layer::check_apart_from_parameters(const TensorView& output, const char* name, std::size_t index,
                                        const TensorRequirement& required) const {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const std::shared_ptr<Blob>& blob = parameters_[i].blob();
        const bool touches = overlap(output.data, required.bytes(), blob->data(), blob->bytes()) ||
                             (blob->has_diff() && overlap(output.data, required.bytes(), blob->diff(), blob->bytes()));
        if (touches) {
            const std::string argument = text(name, "[", index, "]");
            throw Error(Status::invalid_argument, argument,
                        text(argument, " overlaps parameter ", i, " of the layer; give it memory of its own"));
        }
    }
}

void Layer::forward(std::span<const TensorView> bottoms, std::span<const TensorView> tops) {
    const Busy busy(busy_);
    check_counts(bottoms.size(), tops.size());
    const TensorRequirement bottom_required{*device_, type_, bottom_shape_};
    const TensorRequirement top_required{*device_, type_, top_shape_};
    for (std::size_t i = 0; i < bottoms.size(); ++i) {
        check_tensor(bottoms[i], bottom_required, "bottoms", i);
        check_tensor(tops[i], top_required, "tops", i);
    }
    for (std::size_t i = 0; i < tops.size(); ++i) {
        check_apart(tops[i], "tops", i, top_required, bottoms, "bottoms", bottom_required, works_in_place());
        check_apart(tops[i], "tops", i, top_required, tops.first(i), "tops", top_required, false);
        check_apart_from_parameters(tops[i], "tops", i, top_required);
    }
    for (std::size_t i = 0; i < bottoms.size(); ++i) {
        forward_one(bottoms[i].data, tops[i].data);
    }
}

void Layer::backward(std::span<const TensorView> top_diffs, std::span<const TensorView> bottoms,
                     std::span<const TensorView> bottom_diffs, std::span<const std::uint8_t> propagate_down,
                     std::span<const TensorView> tops) {
    const Busy busy(busy_);
    check_counts(bottoms.size(), top_diffs.size());
    require(
        !has_activation() || tops.size() == top_diffs.size(), "tops", "there are ", tops.size(), " tops for ",
        top_diffs.size(),
        " of their gradients; the layer has an activation, whose gradient the tops tell: give each as forward left it");
    const TensorRequirement bottom_required{*device_, type_, bottom_shape_};
    const TensorRequirement top_required{*device_, type_, top_shape_};
    const auto asked = [&](std::size_t i) { return !propagate_down.empty() && propagate_down[i] != 0; };
    const auto wanted = [&](std::size_t i) { return !bottom_diffs.empty() && (propagate_down.empty() || asked(i)); };
    for (std::size_t i = 0; i < bottoms.size(); ++i) {
        check_tensor(top_diffs[i], top_required, "top_diffs", i);
        check_tensor(bottoms[i], bottom_required, "bottoms", i);
        if (!tops.empty()) {
            check_tensor(tops[i], top_required, "tops", i);
        }
        require(!asked(i) || wanted(i), "bottom_diffs", "bottom_diffs is missing, but propagate_down asks for bottom ",
                i, "; give the gradients, or propagate_down with zeros");
        if (wanted(i)) {
            check_tensor(bottom_diffs[i], bottom_required, "bottom_diffs", i);
        }
    }
    for (std::size_t i = 0; i < bottom_diffs.size(); ++i) {
        if (!wanted(i)) {
            continue;
        }
        check_apart(bottom_diffs[i], "bottom_diffs", i, bottom_required, top_diffs, "top_diffs", top_required,
                    works_in_place());
        check_apart(bottom_diffs[i], "bottom_diffs", i, bottom_required, bottoms, "bottoms", bottom_required, false);
        check_apart(bottom_diffs[i], "bottom_diffs", i, bottom_required, tops, "tops", top_required, false);
        for (std::size_t j = 0; j < i; ++j) {
            if (wanted(j)) {
                check_apart(bottom_diffs[i], "bottom_diffs", i, bottom_required, bottom_diffs.subspan(j, 1),
                            "bottom_diffs", bottom_required, false);
            }
        }
        check_apart_from_parameters(bottom_diffs[i], "bottom_diffs", i, bottom_required);
    }
    for (std::size_t i = 0; i < bottoms.size(); ++i) {
        const void* const of_sums = gradient_of_sums(tops.empty() ? nullptr : tops[i].data, top_diffs[i].data);
        backward_one(of_sums, bottoms[i].data, wanted(i) ? bottom_diffs[i].data : nullptr);
    }
}

}  // namespace convnet
