// cuBLAS, loaded when a device first multiplies matrices.
#pragma once

#include <cuda_runtime_api.h>

#include <mutex>

#include "plugin/cuda_api.h"

namespace convnet::plugin {

/// One device's handle of cuBLAS, lent to one thread at a time.
class Blas {
public:
    void gemm(const cn_cuda_gemm& gemm, cudaStream_t stream);

    /// To be called while the device is current; does nothing when it was never used.
    void close() noexcept;

private:
    std::mutex mutex_;
    void* handle_ = nullptr;
};

}  // namespace convnet::plugin
