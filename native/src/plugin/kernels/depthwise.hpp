// Depthwise convolution: every channel has a kernel of its own, so that nothing is gathered and no matrices multiplied. A
// deconvolution with one channel per group, bilinear interpolation for one, is its backward pass.
#pragma once

#include "plugin/kernels/columns.hpp"
#include "plugin/kernels/epilogue.hpp"
#include "plugin/kernels/sums.hpp"

namespace convnet::kernels {

/// Index i is an element of y.
template <class T, class Index, int rank>
struct DepthwiseForward {
    ColumnGeometry<Index, rank> g;
    const T* x;
    const T* w;
    Epilogue<T> epilogue;
    T* y;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        const auto [image_channel, position] = channel_position(g.channels_last, i, g.channels, g.positions);
        const Index channel = image_channel % g.channels;
        const Position<Index, rank> out(g, &BasicAxis<Index>::out, position);
        const ChannelElements<Index> source = g.input(image_channel);
        const T* const kernel = w + channel * g.taps;
        auto sum = epilogue.begin(channel);
        Position<Index, rank> tap(g, &BasicAxis<Index>::kernel, 0);
        for (Index t = 0; t < g.taps; ++t) {
            const Index offset = input_offset(g, out, tap);
            if (offset >= 0) {
                sum += static_cast<Accumulator<T>>(x[source.at(offset)]) * static_cast<Accumulator<T>>(kernel[t]);
            }
            tap.advance(g, &BasicAxis<Index>::kernel);
        }
        y[i] = epilogue.finish(sum);
    }
};

/// Index i is an element of dx; only outputs that can have read it are looked at.
template <class T, class Index, int rank>
struct DepthwiseBackwardData {
    ColumnGeometry<Index, rank> g;
    const T* dy;
    const T* w;
    Epilogue<T> epilogue;
    T* dx;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        const auto [image_channel, position] = channel_position(g.channels_last, i, g.channels, g.inputs);
        const Index channel = image_channel % g.channels;
        const Position<Index, rank> in(g, &BasicAxis<Index>::in, position);
        auto sum = epilogue.begin(channel);
        add<0>(in, g.output(image_channel), w + channel * g.taps, 0, 0, sum);
        dx[i] = epilogue.finish(sum);
    }

private:
    /// Walks one axis after the other; `output` and `tap` are the offsets so far.
    template <int axis>
    CONVNET_HOST_DEVICE void add(const Position<Index, rank>& in, const ChannelElements<Index>& source, const T* kernel,
                                 Index output, Index tap, Accumulator<T>& sum) const {
        const BasicAxis<Index>& a = g.axes[axis];
        const Index end = end_output(a, in.at[axis]);
        for (Index out = first_output(a, in.at[axis]); out < end; ++out) {
            const Index t = tap_index(a, in.at[axis], out);
            if (t < 0) {
                continue;
            }
            if constexpr (axis + 1 < ColumnGeometry<Index, rank>::capacity) {
                add<axis + 1>(in, source, kernel, (output + out) * g.axes[axis + 1].out,
                              (tap + t) * g.axes[axis + 1].kernel, sum);
            } else {
                sum += static_cast<Accumulator<T>>(dy[source.at(output + out)]) *
                       static_cast<Accumulator<T>>(kernel[tap + t]);
            }
        }
    }
};

/// The sums of all weights, by channels or, with channels last, by taps: a weight's terms are the outputs of its channel in
/// all images.
template <class T, class Index, int rank>
struct DepthwiseBackwardFilter {
    ColumnGeometry<Index, rank> g;
    Index images;
    const T* x;
    const T* dy;
    T* dw;

    CONVNET_HOST_DEVICE Accumulator<T> part(Index i, int thread, int threads) const {
        const Index weight = weight_of(i), channel = weight / g.taps;
        const Position<Index, rank> tap(g, &BasicAxis<Index>::kernel, weight % g.taps);
        Accumulator<T> sum = 0;
        for (Index term = thread; term < images * g.positions; term += threads) {
            const Index image_channel = term / g.positions * g.channels + channel, position = term % g.positions;
            const Index offset = input_offset(g, Position<Index, rank>(g, &BasicAxis<Index>::out, position), tap);
            if (offset >= 0) {
                sum += static_cast<Accumulator<T>>(x[g.input(image_channel).at(offset)]) *
                       static_cast<Accumulator<T>>(dy[g.output(image_channel).at(position)]);
            }
        }
        return sum;
    }

    CONVNET_HOST_DEVICE void finish(Index i, Accumulator<T> sum) const {
        T& gradient = dw[weight_of(i)];
        gradient = static_cast<T>(static_cast<Accumulator<T>>(gradient) + sum);
    }

private:
    CONVNET_HOST_DEVICE Index weight_of(Index i) const {
        return g.channels_last ? i % g.channels * g.taps + i / g.channels : i;
    }
};

/// All of a problem's outputs as one tile.
inline cn_cuda_tile everything(const cn_cuda_problem& p) { return {p.batch, 0, product(p.out, p.spatial_axes)}; }

template <class Launcher>
void depthwise_forward(const Launcher& launch, const cn_cuda_problem& p, const void* x, const void* w,
                       const cn_cuda_epilogue& epilogue, void* y) {
    with_columns(p, everything(p),
                 [&]<class T, class Index, int rank>(T, const ColumnGeometry<Index, rank>& g, Index channels) {
                     if constexpr (rank != 0) {
                         launch(channels * g.positions,
                                DepthwiseForward<T, Index, rank>{g, static_cast<const T*>(x), static_cast<const T*>(w),
                                                                 Epilogue<T>(epilogue), static_cast<T*>(y)});
                     }
                 });
}

template <class Launcher>
void depthwise_backward_data(const Launcher& launch, const cn_cuda_problem& p, const void* dy, const void* w,
                             const cn_cuda_epilogue& epilogue, void* dx) {
    with_columns(
        p, everything(p), [&]<class T, class Index, int rank>(T, const ColumnGeometry<Index, rank>& g, Index channels) {
            if constexpr (rank != 0) {
                launch(channels * g.inputs,
                       DepthwiseBackwardData<T, Index, rank>{g, static_cast<const T*>(dy), static_cast<const T*>(w),
                                                             Epilogue<T>(epilogue), static_cast<T*>(dx)});
            }
        });
}

template <class Launcher>
void depthwise_backward_filter(const Launcher& launch, const cn_cuda_problem& p, const void* x, const void* dy,
                               void* dw, const cn_cuda_workspace& workspace) {
    with_columns(p, everything(p), [&]<class T, class Index, int rank>(T, const ColumnGeometry<Index, rank>& g, Index) {
        if constexpr (rank != 0) {
            sum_in_parts(
                launch, static_cast<Index>(g.channels * g.taps), static_cast<Index>(p.batch * g.positions), workspace,
                DepthwiseBackwardFilter<T, Index, rank>{g, static_cast<Index>(p.batch), static_cast<const T*>(x),
                                                        static_cast<const T*>(dy), static_cast<T*>(dw)});
        }
    });
}

}  // namespace convnet::kernels
