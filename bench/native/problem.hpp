// What the C# side and the native peers say to each other: a layer, a pass over it, and the user's tensors.
#pragma once

#include <cstdint>

#if defined(_WIN32)
#define BENCH_API extern "C" __declspec(dllexport)
#else
#define BENCH_API extern "C" __attribute__((visibility("default")))
#endif

namespace bench {

/** Input [batch, channels, height, width] and output [batch, outputs, out_height, out_width]; square kernels. */
struct Problem {
    int64_t batch, channels, height, width;
    int64_t outputs, out_height, out_width;
    int64_t kernel, stride, pad, dilation, group;
    int64_t transposed, threads;
};

enum class Pass : int32_t { forward = 0, backward_data = 1, backward_filter = 2 };

/**
 * The tensors as a user holds them, plain and dense: bottom and top are values in the forward pass and whichever of
 * values and gradients a backward pass asks for; weights are [outputs, channels/group, k, k] for a convolution and
 * [channels, outputs/group, k, k] for a deconvolution. A pass writes exactly one of them.
 */
struct Tensors {
    float* bottom;
    float* weights;
    const float* bias;
    float* top;
};

}  // namespace bench
