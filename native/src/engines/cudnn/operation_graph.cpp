#include "engines/cudnn/operation_graph.hpp"

#include "engines/cudnn/problem.hpp"

namespace convnet::cudnn {
namespace {

using api::Attribute;

/// The attributes of a convolution's operation, which are others for each pass.
struct Attributes {
    api::BackendType operation;
    Attribute convolution, x, w, y, alpha, beta;
};

Attributes attributes_of(Pass pass) noexcept {
    switch (pass) {
        case Pass::forward:
            return {api::BackendType::forward_operation,
                    Attribute::forward_convolution,
                    Attribute::forward_x,
                    Attribute::forward_w,
                    Attribute::forward_y,
                    Attribute::forward_alpha,
                    Attribute::forward_beta};
        case Pass::backward_data:
            return {api::BackendType::backward_data_operation,
                    Attribute::backward_data_convolution,
                    Attribute::backward_data_dx,
                    Attribute::backward_data_w,
                    Attribute::backward_data_dy,
                    Attribute::backward_data_alpha,
                    Attribute::backward_data_beta};
        case Pass::backward_filter:
            break;
    }
    return {api::BackendType::backward_filter_operation,
            Attribute::backward_filter_convolution,
            Attribute::backward_filter_x,
            Attribute::backward_filter_dw,
            Attribute::backward_filter_dy,
            Attribute::backward_filter_alpha,
            Attribute::backward_filter_beta};
}

}  // namespace

OperationGraph::OperationGraph(const Library& library, const cn_cuda_problem& problem, Work work, bool adds,
                               api::Handle handle)
    : library_(library), problem_(problem), graph_(library, api::BackendType::operation_graph) {
    const Extents extents = extents_of(problem);
    const bool data = work.pass == Pass::backward_data;
    const std::vector<int>& result = data ? extents.x : extents.y;
    const bool ends = work.epilogue == Epilogue::none;
    const Backend &x = tensor(TensorId::x, extents.x, false), &w = tensor(TensorId::w, extents.w, false),
                  &y = tensor(TensorId::y, extents.y, false);
    if (ends) {
        convolve(work.pass, adds, x, w, y);
    } else {
        const Backend& convolved = tensor(TensorId::convolved, result, true);
        const Backend& bias = tensor(TensorId::bias, data ? extents.x_bias : extents.y_bias, false);
        convolve(work.pass, adds, data ? convolved : x, w, data ? y : convolved);
        const Backend& written = data ? x : y;
        if (work.epilogue == Epilogue::bias) {
            apply(api::Pointwise::add, convolved, &bias, written);
        } else {
            const Backend& biased = tensor(TensorId::biased, result, true);
            apply(api::Pointwise::add, convolved, &bias, biased);
            apply(api::Pointwise::relu, biased, nullptr, written);
        }
    }
    graph_.set(Attribute::operation_graph_handle, handle);
    graph_.set(Attribute::operation_graph_operations, std::span<const Backend>(operations_));
    graph_.finalize();
}

const Backend& OperationGraph::tensor(std::int64_t id, const std::vector<int>& extents, bool between) {
    Backend& tensor = parts_.emplace_back(library_, api::BackendType::tensor);
    tensor.set(Attribute::tensor_id, id);
    tensor.set(Attribute::tensor_data_type, between ? compute_type(problem_) : data_type(problem_));
    tensor.set(Attribute::tensor_alignment_bytes, std::int64_t{CN_CUDA_ALIGNMENT});
    tensor.set(Attribute::tensor_extents, extents);
    tensor.set(Attribute::tensor_strides, strides(extents, problem_.layout == CN_CUDA_CHANNELS_LAST));
    tensor.set(Attribute::tensor_is_virtual, between);
    tensor.finalize();
    return tensor;
}

// Groups are not said: they follow from the channels of x and w.
const Backend& OperationGraph::convolution() {
    const std::vector<int> pad = spatial(problem_, problem_.pad, 0);
    Backend& convolution = parts_.emplace_back(library_, api::BackendType::convolution);
    convolution.set(Attribute::convolution_compute_type, compute_type(problem_));
    convolution.set(Attribute::convolution_mode, api::Mode::cross_correlation);
    convolution.set(Attribute::convolution_spatial_axes, static_cast<std::int64_t>(pad.size()));
    convolution.set(Attribute::convolution_pre_pads, pad);
    convolution.set(Attribute::convolution_post_pads, pad);
    convolution.set(Attribute::convolution_strides, spatial(problem_, problem_.stride, 1));
    convolution.set(Attribute::convolution_dilations, spatial(problem_, problem_.dilation, 1));
    convolution.finalize();
    return convolution;
}

const Backend& OperationGraph::pointwise(api::Pointwise mode) {
    Backend& pointwise = parts_.emplace_back(library_, api::BackendType::pointwise);
    pointwise.set(Attribute::pointwise_mode, mode);
    pointwise.set(Attribute::pointwise_compute_type, compute_type(problem_));
    if (mode == api::Pointwise::relu) {
        pointwise.set(Attribute::pointwise_nan_propagation, api::NanPropagation::propagate);
    }
    pointwise.finalize();
    return pointwise;
}

void OperationGraph::convolve(Pass pass, bool adds, const Backend& x, const Backend& w, const Backend& y) {
    const Attributes names = attributes_of(pass);
    Backend operation(library_, names.operation);
    operation.set(names.convolution, convolution());
    operation.set(names.x, x);
    operation.set(names.w, w);
    operation.set(names.y, y);
    if (compute_type(problem_) == api::DataType::float64) {
        operation.set(names.alpha, 1.0);
        operation.set(names.beta, adds ? 1.0 : 0.0);
    } else {
        operation.set(names.alpha, 1.0F);
        operation.set(names.beta, adds ? 1.0F : 0.0F);
    }
    operation.finalize();
    operations_.push_back(std::move(operation));
}

void OperationGraph::apply(api::Pointwise mode, const Backend& from, const Backend* with, const Backend& to) {
    Backend operation(library_, api::BackendType::pointwise_operation);
    operation.set(Attribute::pointwise_operation_pointwise, pointwise(mode));
    operation.set(Attribute::pointwise_operation_x, from);
    if (with != nullptr) {
        operation.set(Attribute::pointwise_operation_b, *with);
    }
    operation.set(Attribute::pointwise_operation_y, to);
    operation.finalize();
    operations_.push_back(std::move(operation));
}

}  // namespace convnet::cudnn
