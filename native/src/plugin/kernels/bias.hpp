// Adding a bias, and summing its gradient, an element or a thread's part at a time.
#pragma once

#include "plugin/cuda_api.h"
#include "plugin/kernels/dispatch.hpp"

namespace convnet::kernels {

template <class T, class Index>
struct AddBias {
    Index channels, inner;
    const T* x;
    const T* bias;
    T* y;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        using A = Accumulator<T>;
        y[i] = static_cast<T>(static_cast<A>(x[i]) + static_cast<A>(bias[i / inner % channels]));
    }
};

/// The sums of all channels; `sum` of them are the terms of one.
template <class T, class Index>
struct SumBias {
    Index channels, inner, terms;
    const T* dy;
    T* gradient;

    /// What one of `threads` threads adds up.
    CONVNET_HOST_DEVICE Accumulator<T> part(Index channel, int thread, int threads) const {
        Accumulator<T> sum = 0;
        for (Index term = thread; term < terms; term += threads) {
            sum += static_cast<Accumulator<T>>(dy[(term / inner * channels + channel) * inner + term % inner]);
        }
        return sum;
    }

    CONVNET_HOST_DEVICE void finish(Index channel, Accumulator<T> sum) const {
        gradient[channel] = static_cast<T>(static_cast<Accumulator<T>>(gradient[channel]) + sum);
    }
};

template <class Launcher>
void add_bias(const Launcher& launch, const cn_cuda_bias& e, const void* x, const void* bias, void* y) {
    with_device_type(e.dtype, [&]<class T>(T) {
        const std::int64_t count = e.outer * e.channels * e.inner;
        with_index(count, [&]<class Index>(Index) {
            launch(static_cast<Index>(count),
                   AddBias<T, Index>{static_cast<Index>(e.channels), static_cast<Index>(e.inner),
                                     static_cast<const T*>(x), static_cast<const T*>(bias), static_cast<T*>(y)});
        });
    });
}

template <class Launcher>
void sum_bias(const Launcher& launch, const cn_cuda_bias& e, const void* dy, void* gradient) {
    with_device_type(e.dtype, [&]<class T>(T) {
        with_index(e.outer * e.channels * e.inner, [&]<class Index>(Index) {
            launch.sum(static_cast<Index>(e.channels),
                       SumBias<T, Index>{static_cast<Index>(e.channels), static_cast<Index>(e.inner),
                                         static_cast<Index>(e.outer * e.inner), static_cast<const T*>(dy),
                                         static_cast<T*>(gradient)});
        });
    });
}

}  // namespace convnet::kernels
