// An opened CUDA device.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <mutex>

#include "plugin/cuda/blas.hpp"
#include "plugin/cuda_api.h"
#include "plugin/current_device.hpp"

/// What the core holds as an opaque pointer.
struct cn_cuda_device {
    cn_cuda_device(int device_index, std::int64_t memory_limit_bytes);
    cn_cuda_device(const cn_cuda_device&) = delete;
    cn_cuda_device& operator=(const cn_cuda_device&) = delete;
    ~cn_cuda_device();

    const int index;
    int multiprocessors = 0;
    cudaMemPool_t pool = nullptr;  ///< Null where the device has none; then memory is not cached.
    convnet::plugin::Blas blas;
};

namespace convnet::plugin {

inline cudaStream_t stream_of(cn_cuda_stream stream) { return static_cast<cudaStream_t>(stream); }

const cn_cuda_device_table& device_table() noexcept;
const cn_cuda_operation_table& operation_table() noexcept;

}  // namespace convnet::plugin
