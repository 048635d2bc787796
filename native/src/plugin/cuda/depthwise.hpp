// Depthwise convolution, as the table of operations has it.
#pragma once

#include <cstdint>

#include "plugin/cuda_api.h"

namespace convnet::plugin {

std::int32_t depthwise_forward(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x, const void* w,
                               const cn_cuda_epilogue* epilogue, void* y, cn_cuda_stream stream, cn_cuda_error* error);
std::int32_t depthwise_backward_data(cn_cuda_device* device, const cn_cuda_problem* problem, const void* dy,
                                     const void* w, const cn_cuda_epilogue* epilogue, void* dx, cn_cuda_stream stream,
                                     cn_cuda_error* error);
std::int32_t depthwise_backward_filter(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x,
                                       const void* dy, void* dw, const cn_cuda_workspace* workspace,
                                       cn_cuda_stream stream, cn_cuda_error* error);

}  // namespace convnet::plugin
