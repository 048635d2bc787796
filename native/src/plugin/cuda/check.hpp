// Turns CUDA's errors into the library's.
#pragma once

#include <cuda_runtime_api.h>

#include "geometry/error.hpp"

namespace convnet::plugin {

/// Throws out_of_memory, or device_error with CUDA's name of the error, unless it is success. `what` was being done.
void check(cudaError_t error, const char* what);

/// Why no CUDA device can be used, and how to mend it. Versions are as CUDA counts them; driver 0 is none.
std::string explain_no_driver(int driver_version, int runtime_version, const char* error);

}  // namespace convnet::plugin
