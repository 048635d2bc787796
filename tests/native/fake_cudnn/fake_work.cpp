// The work of the fake cuDNN.
#include <cstring>
#include <type_traits>

#include "fake_cudnn/arithmetic.hpp"
#include "fake_cudnn/objects.hpp"
#include "fake_cudnn/use.hpp"

namespace {

using namespace convnet::cudnn::api;
using fake_cudnn::call;
using fake_cudnn::Call;
using fake_cudnn::record_work;
using fake_cudnn::Role;
using fake_cudnn::state;
using fake_cudnn::Use;
using fake_cudnn::use_workspace;
using fake_cudnn::View;

/// cuDNN's factors are double where sums are, and float elsewhere.
struct Factors {
    double alpha, beta;

    Factors(DataType sums, const void* first, const void* second)
        : alpha(number(sums, first)), beta(number(sums, second)) {}

private:
    static double number(DataType type, const void* value) {
        return type == DataType::float64 ? *static_cast<const double*>(value)
                                         : static_cast<double>(*static_cast<const float*>(value));
    }
};

struct Workspace {
    void* data;
    std::size_t bytes;
};

/// Writes a call down, and computes when it may succeed and there is memory to compute in.
template <class Compute>
Status work(Call made, const Factors& factors, std::vector<const void*> operands, const Compute& compute) {
    made.alpha = factors.alpha;
    made.beta = factors.beta;
    made.operands = std::move(operands);
    const Use use(made.handle);
    const Status status = record_work(made);
    return status == Status::success && state().memory ? compute() : status;
}

template <class Compute>
Status convolution(int pass, Call made, int algorithm, const Workspace& workspace, const Factors& factors,
                   std::vector<const void*> operands, const Compute& compute) {
    made.algorithm = algorithm;
    made.workspace = workspace.data;
    made.workspace_bytes = workspace.bytes;
    return work(std::move(made), factors, std::move(operands), [&] {
        return use_workspace(pass, algorithm, workspace.data, workspace.bytes) ? compute() : Status::bad_parameter;
    });
}

}  // namespace

bool fake_cudnn::use_workspace(int pass, int algorithm, void* workspace, std::size_t bytes) {
    const auto wanted = state().workspaces.find({pass, algorithm});
    if (wanted == state().workspaces.end() || wanted->second == 0) {
        return true;
    }
    if (bytes < wanted->second) {
        return false;
    }
    std::memset(state().memory(workspace, wanted->second), 0x7f, wanted->second);
    return true;
}

extern "C" {

Status cudnnConvolutionForward(Handle handle, const void* alpha, Tensor x, const void* x_data, Filter w,
                               const void* w_data, Convolution c, int algorithm, void* memory, std::size_t bytes,
                               const void* beta, Tensor y, void* y_data) {
    const Factors f(c->compute, alpha, beta);
    return convolution(
        0, call("cudnnConvolutionForward", handle, x, w, c, y), algorithm, {memory, bytes}, f, {x_data, w_data, y_data},
        [&] { return convolve(c, View(x, x_data), View(w, w_data), View(y, y_data), Role::y, f.alpha, f.beta); });
}

Status cudnnConvolutionBackwardData(Handle handle, const void* alpha, Filter w, const void* w_data, Tensor dy,
                                    const void* dy_data, Convolution c, int algorithm, void* memory, std::size_t bytes,
                                    const void* beta, Tensor dx, void* dx_data) {
    const Factors f(c->compute, alpha, beta);
    return convolution(
        1, call("cudnnConvolutionBackwardData", handle, w, dy, c, dx), algorithm, {memory, bytes}, f,
        {w_data, dy_data, dx_data},
        [&] { return convolve(c, View(dx, dx_data), View(w, w_data), View(dy, dy_data), Role::x, f.alpha, f.beta); });
}

Status cudnnConvolutionBackwardFilter(Handle handle, const void* alpha, Tensor x, const void* x_data, Tensor dy,
                                      const void* dy_data, Convolution c, int algorithm, void* memory,
                                      std::size_t bytes, const void* beta, Filter dw, void* dw_data) {
    const Factors f(c->compute, alpha, beta);
    return convolution(
        2, call("cudnnConvolutionBackwardFilter", handle, x, dy, c, dw), algorithm, {memory, bytes}, f,
        {x_data, dy_data, dw_data},
        [&] { return convolve(c, View(x, x_data), View(dw, dw_data), View(dy, dy_data), Role::w, f.alpha, f.beta); });
}

#if !defined(FAKE_CUDNN_INCOMPLETE)
// Without an activation cuDNN can do this by one algorithm only.
Status cudnnConvolutionBiasActivationForward(Handle handle, const void* alpha1, Tensor x, const void* x_data, Filter w,
                                             const void* w_data, Convolution c, int algorithm, void* memory,
                                             std::size_t bytes, const void* alpha2, Tensor z, const void* z_data,
                                             Tensor bias, const void* bias_data, ActivationFunction activation,
                                             Tensor y, void* y_data) {
    const Factors f(c->compute, alpha1, alpha2);
    return convolution(0, call("cudnnConvolutionBiasActivationForward", handle, x, w, c, z, bias, activation, y),
                       algorithm, {memory, bytes}, f, {x_data, w_data, z_data, bias_data, y_data}, [&] {
                           const bool rectifies = activation->kind == Activation::relu;
                           if ((!rectifies && algorithm != forward::implicit_precomp_gemm) || z_data != y_data) {
                               return Status::not_supported;
                           }
                           const View result(y, y_data);
                           Status status =
                               convolve(c, View(x, x_data), View(w, w_data), result, Role::y, f.alpha, f.beta);
                           if (status == Status::success) {
                               status = add(View(bias, bias_data), result, 1, 1);
                           }
                           if (status == Status::success && rectifies) {
                               rectify(result);
                           }
                           return status;
                       });
}
#endif

// There is no convolution to say of what type sums are, but they are double for float64 only.
Status cudnnAddTensor(Handle handle, const void* alpha, Tensor a, const void* a_data, const void* beta, Tensor c,
                      void* c_data) {
    const Factors f(c->type == DataType::float64 ? DataType::float64 : DataType::float32, alpha, beta);
    return work(call("cudnnAddTensor", handle, a, c), f, {a_data, c_data},
                [&] { return add(View(a, a_data), View(c, c_data), f.alpha, f.beta); });
}

}  // extern "C"

// What the fake defines is what is declared, parameter by parameter.
#if !defined(FAKE_CUDNN_INCOMPLETE)
extern "C" {
#define SAME_SIGNATURE(name, result, ...) \
    result name(__VA_ARGS__);             \
    static_assert(std::is_same_v<decltype(&name), decltype(Functions::name)>);
CONVNET_CUDNN_FUNCTIONS(SAME_SIGNATURE)
}
#endif
