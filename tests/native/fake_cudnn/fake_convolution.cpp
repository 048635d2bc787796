// What the fake cuDNN is asked about convolutions, and its work.
#include <algorithm>
#include <chrono>
#include <thread>
#include <type_traits>

#include "fake_cudnn/objects.hpp"

namespace {

using namespace convnet::cudnn::api;
using fake_cudnn::call;
using fake_cudnn::Call;
using fake_cudnn::record;
using fake_cudnn::state;

// alpha and beta are of the type that sums are of.
double factor(Convolution convolution, const void* value) {
    return convolution->compute == DataType::float64 ? *static_cast<const double*>(value)
                                                     : static_cast<double>(*static_cast<const float*>(value));
}

/// Work on a handle, which no other thread may be at.
class Use {
public:
    explicit Use(Handle handle) : handle_(handle) {
        const bool alone = handle_->users.fetch_add(1) == 0;
        bool slow = false;
        {
            const std::lock_guard lock(state().mutex);
            state().overlaps += alone ? 0 : 1;
            slow = state().slow;
        }
        if (slow) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    ~Use() { handle_->users.fetch_sub(1); }

private:
    Handle handle_;
};

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

Status work(Call made, std::vector<const void*> operands) {
    made.operands = std::move(operands);
    const Use use(made.handle);
    return record(made);
}

Call with_algorithm(Call made, int algorithm, const void* workspace, std::size_t bytes) {
    made.algorithm = algorithm;
    made.workspace = workspace;
    made.workspace_bytes = bytes;
    return made;
}

Call with_factors(Call made, double alpha, double beta) {
    made.alpha = alpha;
    made.beta = beta;
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
    return offer(with_algorithm(made, -1, memory, bytes), state().timings[0], capacity, count, results);
}

Status cudnnFindConvolutionBackwardDataAlgorithmEx(Handle handle, Filter w, const void* w_data, Tensor dy,
                                                   const void* dy_data, Convolution convolution, Tensor dx,
                                                   void* dx_data, int capacity, int* count, Performance* results,
                                                   void* memory, std::size_t bytes) {
    Call made = call("cudnnFindConvolutionBackwardDataAlgorithmEx", handle, w, dy, convolution, dx);
    made.operands = {w_data, dy_data, dx_data};
    return offer(with_algorithm(made, -1, memory, bytes), state().timings[1], capacity, count, results);
}

Status cudnnFindConvolutionBackwardFilterAlgorithmEx(Handle handle, Tensor x, const void* x_data, Tensor dy,
                                                     const void* dy_data, Convolution convolution, Filter dw,
                                                     void* dw_data, int capacity, int* count, Performance* results,
                                                     void* memory, std::size_t bytes) {
    Call made = call("cudnnFindConvolutionBackwardFilterAlgorithmEx", handle, x, dy, convolution, dw);
    made.operands = {x_data, dy_data, dw_data};
    return offer(with_algorithm(made, -1, memory, bytes), state().timings[2], capacity, count, results);
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

Status cudnnConvolutionForward(Handle handle, const void* alpha, Tensor x, const void* x_data, Filter w,
                               const void* w_data, Convolution convolution, int algorithm, void* memory,
                               std::size_t bytes, const void* beta, Tensor y, void* y_data) {
    const Call made = call("cudnnConvolutionForward", handle, x, w, convolution, y);
    return work(with_factors(with_algorithm(made, algorithm, memory, bytes), factor(convolution, alpha),
                             factor(convolution, beta)),
                {x_data, w_data, y_data});
}

Status cudnnConvolutionBackwardData(Handle handle, const void* alpha, Filter w, const void* w_data, Tensor dy,
                                    const void* dy_data, Convolution convolution, int algorithm, void* memory,
                                    std::size_t bytes, const void* beta, Tensor dx, void* dx_data) {
    const Call made = call("cudnnConvolutionBackwardData", handle, w, dy, convolution, dx);
    return work(with_factors(with_algorithm(made, algorithm, memory, bytes), factor(convolution, alpha),
                             factor(convolution, beta)),
                {w_data, dy_data, dx_data});
}

Status cudnnConvolutionBackwardFilter(Handle handle, const void* alpha, Tensor x, const void* x_data, Tensor dy,
                                      const void* dy_data, Convolution convolution, int algorithm, void* memory,
                                      std::size_t bytes, const void* beta, Filter dw, void* dw_data) {
    const Call made = call("cudnnConvolutionBackwardFilter", handle, x, dy, convolution, dw);
    return work(with_factors(with_algorithm(made, algorithm, memory, bytes), factor(convolution, alpha),
                             factor(convolution, beta)),
                {x_data, dy_data, dw_data});
}

#if !defined(FAKE_CUDNN_INCOMPLETE)
Status cudnnConvolutionBiasActivationForward(Handle handle, const void* alpha1, Tensor x, const void* x_data, Filter w,
                                             const void* w_data, Convolution convolution, int algorithm, void* memory,
                                             std::size_t bytes, const void* alpha2, Tensor z, const void* z_data,
                                             Tensor bias, const void* bias_data, ActivationFunction activation,
                                             Tensor y, void* y_data) {
    const Call made = call("cudnnConvolutionBiasActivationForward", handle, x, w, convolution, z, bias, activation, y);
    return work(with_factors(with_algorithm(made, algorithm, memory, bytes), factor(convolution, alpha1),
                             factor(convolution, alpha2)),
                {x_data, w_data, z_data, bias_data, y_data});
}
#endif

// There is no convolution to say of what type the factors are, but the tensor: they are double for float64 only.
Status cudnnAddTensor(Handle handle, const void* alpha, Tensor a, const void* a_data, const void* beta, Tensor c,
                      void* c_data) {
    ConvolutionDescriptor typed;
    typed.compute = c->text.starts_with("float64") ? DataType::float64 : DataType::float32;
    return work(with_factors(call("cudnnAddTensor", handle, a, c), factor(&typed, alpha), factor(&typed, beta)),
                {a_data, c_data});
}

}  // extern "C"

// What is defined here is what is declared, parameter by parameter.
#if !defined(FAKE_CUDNN_INCOMPLETE)
extern "C" {
#define SAME_SIGNATURE(name, result, ...) \
    result name(__VA_ARGS__);             \
    static_assert(std::is_same_v<decltype(&name), decltype(Functions::name)>);
CONVNET_CUDNN_FUNCTIONS(SAME_SIGNATURE)
}
#endif
