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
