// Marks a function that CPU loops and CUDA kernels both call.
#pragma once

#if defined(__CUDACC__)
#define CONVNET_HOST_DEVICE __host__ __device__
#else
#define CONVNET_HOST_DEVICE
#endif
