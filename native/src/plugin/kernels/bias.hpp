// Adding a bias and rectifying, and the gradients of both, an element or a thread's part at a time.
#pragma once

#include "plugin/kernels/epilogue.hpp"
#include "plugin/kernels/sums.hpp"

namespace convnet::kernels {

template <class T, class Index>
struct AddBias {
    Index channels, inner;
    const T* x;
    Epilogue<T> epilogue;
    T* y;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        y[i] = epilogue.finish(static_cast<Accumulator<T>>(x[i]) + epilogue.begin(i / inner % channels));
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

template <class T, class Index>
struct RectifyGradient {
    const T* y;
    const T* dy;
    Accumulator<T> slope;
    T* dx;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        using A = Accumulator<T>;
        dx[i] = static_cast<T>(rectified(static_cast<A>(y[i]), static_cast<A>(dy[i]), slope));
    }
};

template <class Launcher>
void add_bias(const Launcher& launch, const cn_cuda_bias& e, const void* x, const cn_cuda_epilogue& epilogue, void* y) {
    with_device_type(e.dtype, [&]<class T>(T) {
        const std::int64_t count = e.outer * e.channels * e.inner;
        with_index(count, [&]<class Index>(Index) {
            launch(static_cast<Index>(count),
                   AddBias<T, Index>{static_cast<Index>(e.channels), static_cast<Index>(e.inner),
                                     static_cast<const T*>(x), Epilogue<T>(epilogue), static_cast<T*>(y)});
        });
    });
}

template <class Launcher>
void sum_bias(const Launcher& launch, const cn_cuda_bias& e, const void* dy, void* gradient,
              const cn_cuda_workspace& workspace) {
    with_device_type(e.dtype, [&]<class T>(T) {
        with_index(e.outer * e.channels * e.inner, [&]<class Index>(Index) {
            const auto channels = static_cast<Index>(e.channels), terms = static_cast<Index>(e.outer * e.inner);
            sum_in_parts(launch, channels, terms, workspace,
                         SumBias<T, Index>{channels, static_cast<Index>(e.inner), terms, static_cast<const T*>(dy),
                                           static_cast<T*>(gradient)});
        });
    });
}

template <class Launcher>
void rectify_gradient(const Launcher& launch, std::int32_t dtype, std::int64_t count, const void* y, const void* dy,
                      double slope, void* dx) {
    with_device_type(dtype, [&]<class T>(T) {
        with_index(count, [&]<class Index>(Index) {
            launch(static_cast<Index>(count),
                   RectifyGradient<T, Index>{static_cast<const T*>(y), static_cast<const T*>(dy),
                                             static_cast<Accumulator<T>>(slope), static_cast<T*>(dx)});
        });
    });
}

}  // namespace convnet::kernels
