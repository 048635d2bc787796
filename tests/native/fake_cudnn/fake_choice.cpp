// What the fake cuDNN says of algorithms.
#include <algorithm>

#include "fake_cudnn/objects.hpp"
#include "fake_cudnn/use.hpp"

namespace {

using namespace convnet::cudnn::api;
using fake_cudnn::call;
using fake_cudnn::Call;
using fake_cudnn::record;
using fake_cudnn::state;
using fake_cudnn::Use;

Status offer(const Call& made, const std::vector<Performance>& offers, int capacity, int* count, Performance* results) {
    const Use use(made.handle);
    const Status status = record(made);
    if (status == Status::success) {
        const std::lock_guard lock(state().mutex);
        *count = std::min(capacity, static_cast<int>(offers.size()));
        std::copy_n(offers.begin(), *count, results);
    }
    return status;
}

Status workspace(Call made, int pass, int algorithm, std::size_t* bytes) {
    made.algorithm = algorithm;
    const Status status = record(made);
    if (status == Status::success) {
        const std::lock_guard lock(state().mutex);
        const auto known = state().workspaces.find({pass, algorithm});
        *bytes = known != state().workspaces.end() ? known->second : 0;
    }
    return status;
}

Call with_workspace(Call made, const void* workspace, std::size_t bytes) {
    made.workspace = workspace;
    made.workspace_bytes = bytes;
    return made;
}

}  // namespace

extern "C" {

Status cudnnGetConvolutionForwardAlgorithm_v7(Handle handle, Tensor x, Filter w, Convolution convolution, Tensor y,
                                              int capacity, int* count, Performance* results) {
    return offer(call("cudnnGetConvolutionForwardAlgorithm_v7", handle, x, w, convolution, y), state().guesses[0],
                 capacity, count, results);
}

Status cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle handle, Filter w, Tensor dy, Convolution convolution,
                                                   Tensor dx, int capacity, int* count, Performance* results) {
    return offer(call("cudnnGetConvolutionBackwardDataAlgorithm_v7", handle, w, dy, convolution, dx),
                 state().guesses[1], capacity, count, results);
}

Status cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle handle, Tensor x, Tensor dy, Convolution convolution,
                                                     Filter dw, int capacity, int* count, Performance* results) {
    return offer(call("cudnnGetConvolutionBackwardFilterAlgorithm_v7", handle, x, dy, convolution, dw),
                 state().guesses[2], capacity, count, results);
}

Status cudnnFindConvolutionForwardAlgorithmEx(Handle handle, Tensor x, const void* x_data, Filter w, const void* w_data,
                                              Convolution convolution, Tensor y, void* y_data, int capacity, int* count,
                                              Performance* results, void* memory, std::size_t bytes) {
    Call made = call("cudnnFindConvolutionForwardAlgorithmEx", handle, x, w, convolution, y);
    made.operands = {x_data, w_data, y_data};
    return offer(with_workspace(made, memory, bytes), state().timings[0], capacity, count, results);
}

Status cudnnFindConvolutionBackwardDataAlgorithmEx(Handle handle, Filter w, const void* w_data, Tensor dy,
                                                   const void* dy_data, Convolution convolution, Tensor dx,
                                                   void* dx_data, int capacity, int* count, Performance* results,
                                                   void* memory, std::size_t bytes) {
    Call made = call("cudnnFindConvolutionBackwardDataAlgorithmEx", handle, w, dy, convolution, dx);
    made.operands = {w_data, dy_data, dx_data};
    return offer(with_workspace(made, memory, bytes), state().timings[1], capacity, count, results);
}

Status cudnnFindConvolutionBackwardFilterAlgorithmEx(Handle handle, Tensor x, const void* x_data, Tensor dy,
                                                     const void* dy_data, Convolution convolution, Filter dw,
                                                     void* dw_data, int capacity, int* count, Performance* results,
                                                     void* memory, std::size_t bytes) {
    Call made = call("cudnnFindConvolutionBackwardFilterAlgorithmEx", handle, x, dy, convolution, dw);
    made.operands = {x_data, dy_data, dw_data};
    return offer(with_workspace(made, memory, bytes), state().timings[2], capacity, count, results);
}

Status cudnnGetConvolutionForwardWorkspaceSize(Handle handle, Tensor x, Filter w, Convolution convolution, Tensor y,
                                               int algorithm, std::size_t* bytes) {
    return workspace(call("cudnnGetConvolutionForwardWorkspaceSize", handle, x, w, convolution, y), 0, algorithm,
                     bytes);
}

Status cudnnGetConvolutionBackwardDataWorkspaceSize(Handle handle, Filter w, Tensor dy, Convolution convolution,
                                                    Tensor dx, int algorithm, std::size_t* bytes) {
    return workspace(call("cudnnGetConvolutionBackwardDataWorkspaceSize", handle, w, dy, convolution, dx), 1, algorithm,
                     bytes);
}

Status cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle handle, Tensor x, Tensor dy, Convolution convolution,
                                                      Filter dw, int algorithm, std::size_t* bytes) {
    return workspace(call("cudnnGetConvolutionBackwardFilterWorkspaceSize", handle, x, dy, convolution, dw), 2,
                     algorithm, bytes);
}

}  // extern "C"
