// Convolution and deconvolution as one writes them down at first: the formula as nested loops, on one thread. It is
// what the benchmark measures against, and an independent check of what the library computes.
#include <algorithm>
#include <cstdint>

#if defined(_WIN32)
#define BENCH_API extern "C" __declspec(dllexport)
#else
#define BENCH_API extern "C" __attribute__((visibility("default")))
#endif

namespace {

/** Input [batch, channels, height, width] and output [batch, outputs, out_height, out_width]; square kernels. */
struct Problem {
    int64_t batch, channels, height, width;
    int64_t outputs, out_height, out_width;
    int64_t kernel, stride, pad, dilation, group;
};

/** Where a window position lies on the larger side of the layer, and whether that is inside. */
struct Tap {
    int64_t index;
    bool inside;
};

Tap tap(const Problem& p, int64_t position, int64_t offset, int64_t extent) {
    const int64_t index = position * p.stride - p.pad + offset * p.dilation;
    return {index, index >= 0 && index < extent};
}

}  // namespace

/** weights [outputs, channels/group, kernel, kernel], bias [outputs]. */
BENCH_API void convnet_bench_convolution(const Problem* problem, const float* input, const float* weights,
                                         const float* bias, float* output) {
    const Problem& p = *problem;
    const int64_t group_channels = p.channels / p.group, group_outputs = p.outputs / p.group;
    for (int64_t n = 0; n < p.batch; ++n) {
        for (int64_t o = 0; o < p.outputs; ++o) {
            const int64_t first_channel = o / group_outputs * group_channels;
            for (int64_t y = 0; y < p.out_height; ++y) {
                for (int64_t x = 0; x < p.out_width; ++x) {
                    float sum = bias[o];
                    for (int64_t c = 0; c < group_channels; ++c) {
                        const float* plane = input + (n * p.channels + first_channel + c) * p.height * p.width;
                        const float* window = weights + (o * group_channels + c) * p.kernel * p.kernel;
                        for (int64_t i = 0; i < p.kernel; ++i) {
                            const Tap row = tap(p, y, i, p.height);
                            if (!row.inside) continue;
                            for (int64_t j = 0; j < p.kernel; ++j) {
                                const Tap column = tap(p, x, j, p.width);
                                if (!column.inside) continue;
                                sum += window[i * p.kernel + j] * plane[row.index * p.width + column.index];
                            }
                        }
                    }
                    output[((n * p.outputs + o) * p.out_height + y) * p.out_width + x] = sum;
                }
            }
        }
    }
}

/** weights [channels, outputs/group, kernel, kernel], bias [outputs]. */
BENCH_API void convnet_bench_deconvolution(const Problem* problem, const float* input, const float* weights,
                                           const float* bias, float* output) {
    const Problem& p = *problem;
    const int64_t group_channels = p.channels / p.group, group_outputs = p.outputs / p.group;
    for (int64_t n = 0; n < p.batch; ++n) {
        for (int64_t o = 0; o < p.outputs; ++o) {
            float* plane = output + (n * p.outputs + o) * p.out_height * p.out_width;
            std::fill_n(plane, p.out_height * p.out_width, bias[o]);
            const int64_t first_channel = o / group_outputs * group_channels;
            for (int64_t c = first_channel; c < first_channel + group_channels; ++c) {
                const float* window = weights + (c * group_outputs + o % group_outputs) * p.kernel * p.kernel;
                for (int64_t y = 0; y < p.height; ++y) {
                    for (int64_t x = 0; x < p.width; ++x) {
                        const float value = input[((n * p.channels + c) * p.height + y) * p.width + x];
                        for (int64_t i = 0; i < p.kernel; ++i) {
                            const Tap row = tap(p, y, i, p.out_height);
                            if (!row.inside) continue;
                            for (int64_t j = 0; j < p.kernel; ++j) {
                                const Tap column = tap(p, x, j, p.out_width);
                                if (!column.inside) continue;
                                plane[row.index * p.out_width + column.index] += window[i * p.kernel + j] * value;
                            }
                        }
                    }
                }
            }
        }
    }
}
