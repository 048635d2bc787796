// The operations of a device that are kernels of our own, and the matrix product that is not.
#include "plugin/cuda/depthwise.hpp"
#include "plugin/cuda/device.hpp"
#include "plugin/cuda/launcher.cuh"
#include "plugin/guard.hpp"
#include "plugin/kernels/bias.hpp"
#include "plugin/kernels/columns.hpp"
#include "plugin/kernels/transpose.hpp"

namespace convnet::plugin {

// Static, and in no unnamed namespace: nvcc would name that one after the folder of the sources, and the same sources
// would give other bytes elsewhere.

static std::int32_t gemm(cn_cuda_device* device, const cn_cuda_gemm* gemm, cn_cuda_stream stream,
                         cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        device->blas.gemm(*gemm, stream_of(stream));
    });
}

static std::int32_t im2col(cn_cuda_device* device, const cn_cuda_problem* problem, const cn_cuda_tile* tile,
                           const void* x, void* columns, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::im2col(launcher(device, stream), *problem, *tile, x, columns);
    });
}

static std::int32_t col2im(cn_cuda_device* device, const cn_cuda_problem* problem, const cn_cuda_tile* tile,
                           const void* columns, void* x, std::int32_t accumulate, cn_cuda_stream stream,
                           cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::col2im(launcher(device, stream), *problem, *tile, columns, x, accumulate != 0);
    });
}

static std::int32_t add_bias(cn_cuda_device* device, const cn_cuda_bias* extents, const void* x,
                             const cn_cuda_epilogue* epilogue, void* y, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::add_bias(launcher(device, stream), *extents, x, *epilogue, y);
    });
}

static std::int32_t sum_bias(cn_cuda_device* device, const cn_cuda_bias* extents, const void* dy, void* gradient,
                             const cn_cuda_workspace* workspace, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::sum_bias(launcher(device, stream), *extents, dy, gradient, *workspace);
    });
}

static std::int32_t rectify_gradient(cn_cuda_device* device, std::int32_t dtype, std::int64_t count, const void* y,
                                     const void* dy, double slope, void* dx, cn_cuda_stream stream,
                                     cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::rectify_gradient(launcher(device, stream), dtype, count, y, dy, slope, dx);
    });
}

static std::int32_t transpose(cn_cuda_device* device, const cn_cuda_transpose* transpose, const void* source,
                              void* target, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        kernels::transpose(launcher(device, stream), *transpose, source, target);
    });
}

const cn_cuda_operation_table& operation_table() noexcept {
    static const cn_cuda_operation_table table{
        .gemm = gemm,
        .im2col = im2col,
        .col2im = col2im,
        .add_bias = add_bias,
        .sum_bias = sum_bias,
        .rectify_gradient = rectify_gradient,
        .depthwise_forward = depthwise_forward,
        .depthwise_backward_data = depthwise_backward_data,
        .depthwise_backward_filter = depthwise_backward_filter,
        .transpose = transpose,
    };
    return table;
}

}  // namespace convnet::plugin
