#include "plugin/cuda/check.hpp"

namespace convnet::plugin {

void check(cudaError_t error, const char* what) {
    if (error == cudaSuccess) {
        return;
    }
    cudaGetLastError();  // or the next check of this thread would find it again
    if (error == cudaErrorMemoryAllocation) {
        throw Error(Status::out_of_memory, "",
                    text(what,
                         ": the CUDA device has no more memory; use smaller shapes, free blobs and layers, or "
                         "close what else uses it"));
    }
    throw Error(Status::device_error, "",
                text(what, ": ", cudaGetErrorString(error), " (", cudaGetErrorName(error),
                     "); errors of earlier work on the device can show here"));
}

}  // namespace convnet::plugin
