#include "engines/cudnn/pass.hpp"

#include <span>

namespace convnet::cudnn {
namespace {

// Indexed by cuDNN's numbers.
constexpr Algorithm forward_algorithms[] = {
    {"implicit gemm", true}, {"implicit precomp gemm", true}, {"gemm", true},      {"direct", true},
    {"fft", false},          {"fft tiling", false},           {"winograd", false}, {"winograd nonfused", false},
};
constexpr Algorithm backward_data_algorithms[] = {
    {"algorithm 0", true, false}, {"algorithm 1", true}, {"fft", false},
    {"fft tiling", false},        {"winograd", false},   {"winograd nonfused", false},
};
constexpr Algorithm backward_filter_algorithms[] = {
    {"algorithm 0", true, false}, {"algorithm 1", true},        {"fft", false},        {"algorithm 3", true, false},
    {"winograd", false},          {"winograd nonfused", false}, {"fft tiling", false},
};

std::span<const Algorithm> algorithms_of(Pass pass) noexcept {
    switch (pass) {
        case Pass::forward:
            return forward_algorithms;
        case Pass::backward_data:
            return backward_data_algorithms;
        case Pass::backward_filter:
            return backward_filter_algorithms;
    }
    return {};
}

}  // namespace

const char* name_of(Pass pass) noexcept {
    constexpr const char* names[] = {"forward", "backward data", "backward filter"};
    return names[static_cast<std::size_t>(pass)];
}

const Algorithm* find_algorithm(Pass pass, int number) noexcept {
    const auto known = algorithms_of(pass);
    const auto index = static_cast<std::size_t>(number);
    return index < known.size() ? &known[index] : nullptr;
}

api::Status guess(const Question& q, int capacity, int* count, api::Performance* performances) {
    const api::Functions& f = q.descriptors.library().functions();
    const Descriptors& d = q.descriptors;
    switch (q.pass) {
        case Pass::forward:
            return f.cudnnGetConvolutionForwardAlgorithm_v7(q.handle, d.x(), d.w(), q.convolution, d.y(), capacity,
                                                            count, performances);
        case Pass::backward_data:
            return f.cudnnGetConvolutionBackwardDataAlgorithm_v7(q.handle, d.w(), d.y(), q.convolution, d.x(), capacity,
                                                                 count, performances);
        case Pass::backward_filter:
            return f.cudnnGetConvolutionBackwardFilterAlgorithm_v7(q.handle, d.x(), d.y(), q.convolution, d.w(),
                                                                   capacity, count, performances);
    }
    return api::Status::bad_parameter;
}

api::Status workspace_bytes(const Question& q, int algorithm, std::size_t* bytes) {
    const api::Functions& f = q.descriptors.library().functions();
    const Descriptors& d = q.descriptors;
    switch (q.pass) {
        case Pass::forward:
            return f.cudnnGetConvolutionForwardWorkspaceSize(q.handle, d.x(), d.w(), q.convolution, d.y(), algorithm,
                                                             bytes);
        case Pass::backward_data:
            return f.cudnnGetConvolutionBackwardDataWorkspaceSize(q.handle, d.w(), d.y(), q.convolution, d.x(),
                                                                  algorithm, bytes);
        case Pass::backward_filter:
            return f.cudnnGetConvolutionBackwardFilterWorkspaceSize(q.handle, d.x(), d.y(), q.convolution, d.w(),
                                                                    algorithm, bytes);
    }
    return api::Status::bad_parameter;
}

api::Status compute(const Question& q, const Operands& o, const Workspace& ws, int algorithm, const void* alpha,
                    const void* beta) {
    const api::Functions& f = q.descriptors.library().functions();
    const Descriptors& d = q.descriptors;
    switch (q.pass) {
        case Pass::forward:
            return f.cudnnConvolutionForward(q.handle, alpha, d.x(), o.first, d.w(), o.second, q.convolution, algorithm,
                                             ws.data, ws.bytes, beta, d.y(), o.result);
        case Pass::backward_data:
            return f.cudnnConvolutionBackwardData(q.handle, alpha, d.w(), o.first, d.y(), o.second, q.convolution,
                                                  algorithm, ws.data, ws.bytes, beta, d.x(), o.result);
        case Pass::backward_filter:
            return f.cudnnConvolutionBackwardFilter(q.handle, alpha, d.x(), o.first, d.y(), o.second, q.convolution,
                                                    algorithm, ws.data, ws.bytes, beta, d.w(), o.result);
    }
    return api::Status::bad_parameter;
}

}  // namespace convnet::cudnn
