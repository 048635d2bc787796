// Turns CUDA's errors into the library's.
#pragma once

#include <cuda_runtime_api.h>

#include "geometry/error.hpp"

namespace convnet::plugin {

/// Throws out_of_memory, or device_error with CUDA's name of the error, unless it is success. `what` was being done.
void check(cudaError_t error, const char* what);

}  // namespace convnet::plugin
