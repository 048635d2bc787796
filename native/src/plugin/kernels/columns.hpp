// im2col and col2im, an element at a time, with any number of spatial axes. The index arithmetic is that of the CPU.
#pragma once

#include <algorithm>

#include "geometry/column_index.hpp"
#include "plugin/cuda_api.h"
#include "plugin/kernels/dispatch.hpp"

namespace convnet::kernels {

/// What bodies need of a problem and a tile. `rank` is the number of axes where it is compiled in, else 0.
template <class Index, int rank>
struct ColumnGeometry {
    static constexpr int capacity = rank == 0 ? CN_CUDA_MAX_SPATIAL_AXES : rank;

    BasicAxis<Index> axes[capacity];
    int count;        ///< Of axes, 1 or more.
    Index taps;       ///< Of a kernel.
    Index inputs;     ///< Elements of one channel of x.
    Index first;      ///< The tile's first output position,
    Index positions;  ///< and how many it has.
    Index channels;   ///< Of an image of x.
    bool channels_last;

    CONVNET_HOST_DEVICE int size() const { return rank == 0 ? count : rank; }

    /// Where a channel of x lies, counted through all images.
    CONVNET_HOST_DEVICE ChannelElements<Index> input(Index channel) const {
        return channel_elements(channels_last, channel, channels, inputs);
    }

    /// And one of y, where y has as many and the tile is all of it.
    CONVNET_HOST_DEVICE ChannelElements<Index> output(Index channel) const {
        return channel_elements(channels_last, channel, channels, positions);
    }
};

/// A position along every axis.
template <class Index, int rank>
struct Position {
    Index at[ColumnGeometry<Index, rank>::capacity];

    /// The position that is `index` in row-major order over one of the extents of the axes.
    CONVNET_HOST_DEVICE Position(const ColumnGeometry<Index, rank>& g, Index BasicAxis<Index>::*extent, Index index) {
        for (int axis = g.size() - 1; axis >= 0; --axis) {
            const Index length = g.axes[axis].*extent;
            at[axis] = index % length;
            index /= length;
        }
    }

    CONVNET_HOST_DEVICE void advance(const ColumnGeometry<Index, rank>& g, Index BasicAxis<Index>::*extent) {
        for (int axis = g.size() - 1; axis >= 0; --axis) {
            if (++at[axis] < g.axes[axis].*extent) {
                return;
            }
            at[axis] = 0;
        }
    }
};

/// The element of a channel that `out` reads through `tap`, or -1 in the padding.
template <class Index, int rank>
CONVNET_HOST_DEVICE Index input_offset(const ColumnGeometry<Index, rank>& g, const Position<Index, rank>& out,
                                       const Position<Index, rank>& tap) {
    Index offset = 0;
    for (int axis = 0; axis < g.size(); ++axis) {
        const Index in = input_index(g.axes[axis], out.at[axis], tap.at[axis]);
        if (in < 0 || in >= g.axes[axis].in) {
            return -1;
        }
        offset = offset * g.axes[axis].in + in;
    }
    return offset;
}

/// The output position that reads `in` through `tap`, or -1 when none does.
template <class Index, int rank>
CONVNET_HOST_DEVICE Index output_offset(const ColumnGeometry<Index, rank>& g, const Position<Index, rank>& in,
                                        const Position<Index, rank>& tap) {
    Index offset = 0;
    for (int axis = 0; axis < g.size(); ++axis) {
        const Index out = output_index(g.axes[axis], in.at[axis], tap.at[axis]);
        if (out < 0) {
            return -1;
        }
        offset = offset * g.axes[axis].out + out;
    }
    return offset;
}

/// Index i is an output position of a channel: its elements of all taps are written, so that neighbours write
/// neighbours.
template <class T, class Index, int rank>
struct Im2col {
    ColumnGeometry<Index, rank> g;
    const T* x;
    T* columns;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        const Index channel = i / g.positions, position = i % g.positions;
        const Position<Index, rank> out(g, &BasicAxis<Index>::out, g.first + position);
        const ChannelElements<Index> source = g.input(channel);
        T* target = columns + channel * g.taps * g.positions + position;
        Position<Index, rank> tap(g, &BasicAxis<Index>::kernel, 0);
        for (Index t = 0; t < g.taps; ++t, target += g.positions) {
            const Index offset = input_offset(g, out, tap);
            *target = offset < 0 ? T{} : x[source.at(offset)];
            tap.advance(g, &BasicAxis<Index>::kernel);
        }
    }
};

/// Index i is a position of a channel of x, which gathers what the CPU scatters, in the same order.
template <class T, class Index, int rank>
struct Col2im {
    ColumnGeometry<Index, rank> g;
    const T* columns;
    T* x;
    bool accumulate;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        const Index channel = i / g.inputs, input = i % g.inputs;
        const Position<Index, rank> in(g, &BasicAxis<Index>::in, input);
        const T* source = columns + channel * g.taps * g.positions;
        T& target = x[g.input(channel).at(input)];
        auto sum = accumulate ? static_cast<Accumulator<T>>(target) : Accumulator<T>{0};
        Position<Index, rank> tap(g, &BasicAxis<Index>::kernel, 0);
        for (Index t = 0; t < g.taps; ++t, source += g.positions) {
            const Index position = output_offset(g, in, tap) - g.first;  // below 0 also where there is no output
            if (position >= 0 && position < g.positions) {
                sum += static_cast<Accumulator<T>>(source[position]);
            }
            tap.advance(g, &BasicAxis<Index>::kernel);
        }
        target = static_cast<T>(sum);
    }
};

/// The same where windows do not overlap, so that each element is in one of them or in none and nothing is added up: a
/// deconvolution whose stride is its kernel.
template <class T, class Index, int rank>
struct Col2imApart {
    ColumnGeometry<Index, rank> g;
    const T* columns;
    T* x;
    bool accumulate;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        const Index channel = i / g.inputs, input = i % g.inputs;
        const Index column = column_of(Position<Index, rank>(g, &BasicAxis<Index>::in, input));
        T& target = x[g.input(channel).at(input)];
        if (column >= 0) {
            const T value = columns[channel * g.taps * g.positions + column];
            target = accumulate
                         ? static_cast<T>(static_cast<Accumulator<T>>(target) + static_cast<Accumulator<T>>(value))
                         : value;
        } else if (!accumulate) {
            target = T{};
        }
    }

private:
    /// The place of an element among a channel's columns, or -1 when no window of the tile has it.
    CONVNET_HOST_DEVICE Index column_of(const Position<Index, rank>& in) const {
        Index output = 0, tap = 0;
        for (int axis = 0; axis < g.size(); ++axis) {
            const BasicAxis<Index>& a = g.axes[axis];
            const Index out = (in.at[axis] + a.pad) / a.stride, t = tap_index(a, in.at[axis], out);
            if (out >= a.out || t < 0 || t >= a.kernel) {
                return -1;
            }
            output = output * a.out + out;
            tap = tap * a.kernel + t;
        }
        output -= g.first;
        return output >= 0 && output < g.positions ? tap * g.positions + output : -1;
    }
};

/// Whether windows do not overlap.
inline bool are_apart(const cn_cuda_problem& p) {
    for (int axis = 0; axis < p.spatial_axes; ++axis) {
        if (p.stride[axis] < (p.kernel[axis] - 1) * p.dilation[axis] + 1) {
            return false;
        }
    }
    return true;
}

template <class Index, int rank>
ColumnGeometry<Index, rank> column_geometry(const cn_cuda_problem& p, const cn_cuda_tile& tile) {
    ColumnGeometry<Index, rank> g{};
    g.count = std::max(p.spatial_axes, 1);
    g.taps = g.inputs = 1;
    g.first = static_cast<Index>(tile.first);
    g.positions = static_cast<Index>(tile.count);
    g.channels = static_cast<Index>(p.in_channels);
    g.channels_last = p.layout == CN_CUDA_CHANNELS_LAST;
    for (int axis = 0; axis < p.spatial_axes; ++axis) {
        g.axes[axis] = {static_cast<Index>(p.in[axis]),     static_cast<Index>(p.out[axis]),
                        static_cast<Index>(p.kernel[axis]), static_cast<Index>(p.stride[axis]),
                        static_cast<Index>(p.pad[axis]),    static_cast<Index>(p.dilation[axis])};
        g.taps *= g.axes[axis].kernel;
        g.inputs *= g.axes[axis].in;
    }
    return g;
}

inline std::int64_t product(const std::int64_t* extents, int count) {
    std::int64_t result = 1;
    for (int i = 0; i < count; ++i) {
        result *= extents[i];
    }
    return result;
}

/// The largest index into x or into a tile's columns, or what a sum of index arithmetic can reach.
inline std::int64_t largest_index(const cn_cuda_problem& p, const cn_cuda_tile& tile) {
    const std::int64_t channels = tile.images * p.in_channels;
    std::int64_t largest =
        channels * std::max(product(p.in, p.spatial_axes), product(p.kernel, p.spatial_axes) * tile.count);
    largest = std::max(largest, product(p.out, p.spatial_axes));
    for (int axis = 0; axis < p.spatial_axes; ++axis) {
        largest = std::max(largest, p.in[axis] + 2 * p.pad[axis] + p.kernel[axis] * p.dilation[axis]);
    }
    return largest;
}

/// Calls function(geometry, zero) with the number of axes compiled in where it is usual.
template <class Index, class Function>
void with_geometry(const cn_cuda_problem& p, const cn_cuda_tile& tile, Function&& function) {
    switch (p.spatial_axes) {
        case 0:
        case 1:
            return function(column_geometry<Index, 1>(p, tile));
        case 2:
            return function(column_geometry<Index, 2>(p, tile));
        case 3:
            return function(column_geometry<Index, 3>(p, tile));
        default:
            return function(column_geometry<Index, 0>(p, tile));
    }
}

/// Calls function(zero of the type, geometry, number of channels) with everything compiled in.
template <class Function>
void with_columns(const cn_cuda_problem& p, const cn_cuda_tile& tile, Function&& function) {
    with_device_type(p.dtype, [&](auto zero) {
        with_index(largest_index(p, tile), [&](auto index) {
            using Index = decltype(index);
            with_geometry<Index>(p, tile, [&](const auto& geometry) {
                function(zero, geometry, static_cast<Index>(tile.images * p.in_channels));
            });
        });
    });
}

template <class Launcher>
void im2col(const Launcher& launch, const cn_cuda_problem& p, const cn_cuda_tile& tile, const void* x, void* columns) {
    with_columns(p, tile, [&]<class T, class Index, int rank>(T, const ColumnGeometry<Index, rank>& g, Index channels) {
        launch(channels * g.positions, Im2col<T, Index, rank>{g, static_cast<const T*>(x), static_cast<T*>(columns)});
    });
}

template <class Launcher>
void col2im(const Launcher& launch, const cn_cuda_problem& p, const cn_cuda_tile& tile, const void* columns, void* x,
            bool accumulate) {
    with_columns(p, tile, [&]<class T, class Index, int rank>(T, const ColumnGeometry<Index, rank>& g, Index channels) {
        if (are_apart(p)) {
            launch(channels * g.inputs,
                   Col2imApart<T, Index, rank>{g, static_cast<const T*>(columns), static_cast<T*>(x), accumulate});
        } else {
            launch(channels * g.inputs,
                   Col2im<T, Index, rank>{g, static_cast<const T*>(columns), static_cast<T*>(x), accumulate});
        }
    });
}

}  // namespace convnet::kernels
