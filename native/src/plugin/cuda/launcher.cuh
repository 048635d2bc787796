// Runs the bodies of kernels on a GPU.
#pragma once

#include <algorithm>

#include "plugin/cuda/check.hpp"
#include "plugin/cuda/device.hpp"
#include "plugin/kernels/dispatch.hpp"

namespace convnet::plugin {

template <class Index, class Body>
__global__ void __launch_bounds__(kernels::sum_threads) run_for_each(Index count, Body body) {
    const Index step = static_cast<Index>(gridDim.x) * blockDim.x;
    for (Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) {
        body(i);
    }
}

template <class Index, class Body>
__global__ void __launch_bounds__(kernels::sum_threads) run_sums(Index count, Body body) {
    using Sum = decltype(body.part(Index{}, 0, 1));
    __shared__ Sum parts[kernels::sum_threads];
    for (Index i = blockIdx.x; i < count; i += gridDim.x) {
        parts[threadIdx.x] = body.part(i, static_cast<int>(threadIdx.x), kernels::sum_threads);
        for (int half = kernels::sum_threads / 2; half > 0; half /= 2) {
            __syncthreads();
            if (static_cast<int>(threadIdx.x) < half) {
                parts[threadIdx.x] += parts[threadIdx.x + half];
            }
        }
        if (threadIdx.x == 0) {
            body.finish(i, parts[0]);
        }
        __syncthreads();  // before the next sum's parts are written
    }
}

struct Launcher {
    cudaStream_t stream;
    int multiprocessors;

    /// body(i) for every i below `count`.
    template <class Index, class Body>
    void operator()(Index count, const Body& body) const {
        if (count > 0) {
            run_for_each<<<blocks((count + kernels::sum_threads - 1) / kernels::sum_threads), kernels::sum_threads, 0,
                           stream>>>(count, body);
            check(cudaGetLastError(), "starting a kernel");
        }
    }

    /// `count` sums, each of kernels::sum_threads parts that are added up in a fixed order and handed to body.finish().
    template <class Index, class Body>
    void sum(Index count, const Body& body) const {
        if (count > 0) {
            run_sums<<<blocks(count), kernels::sum_threads, 0, stream>>>(count, body);
            check(cudaGetLastError(), "starting a kernel");
        }
    }

private:
    /// As many as are wanted, up to what keeps the device busy; the kernels go on from there.
    unsigned blocks(std::int64_t wanted) const {
        return static_cast<unsigned>(std::min<std::int64_t>(wanted, std::int64_t{multiprocessors} * 32));
    }
};

inline Launcher launcher(const cn_cuda_device* device, cn_cuda_stream stream) {
    return {stream_of(stream), device->multiprocessors};
}

}  // namespace convnet::plugin
