// Depthwise convolution on a GPU.
#include "plugin/cuda/depthwise.hpp"

#include "plugin/cuda/launcher.cuh"
#include "plugin/guard.hpp"
#include "plugin/kernels/depthwise.hpp"

namespace convnet::plugin {

std::int32_t depthwise_forward(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x, const void* w,
                               const cn_cuda_epilogue* epilogue, void* y, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::depthwise_forward(launcher(device, stream), *problem, x, w, *epilogue, y);
    });
}

std::int32_t depthwise_backward_data(cn_cuda_device* device, const cn_cuda_problem* problem, const void* dy,
                                     const void* w, const cn_cuda_epilogue* epilogue, void* dx, cn_cuda_stream stream,
                                     cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::depthwise_backward_data(launcher(device, stream), *problem, dy, w, *epilogue, dx);
    });
}

std::int32_t depthwise_backward_filter(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x,
                                       const void* dy, void* dw, const cn_cuda_workspace* workspace,
                                       cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::depthwise_backward_filter(launcher(device, stream), *problem, x, dy, dw, *workspace);
    });
}

}  // namespace convnet::plugin
