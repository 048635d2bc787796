// How kernels.cpp multiplies: C stays in registers while the depth passes by. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

constexpr int most_rows = CONVNET_TILE_ROWS;
constexpr int most_vectors = 3;

// Weights are one stream, often from far away: how far ahead of it.
constexpr std::int64_t prefetched_bytes = 4096;

template <class T, int rows, int vectors>
using Sums = typename Vector<T>::type[rows][vectors];

/// With the biases of columns, or zeros.
template <class T, int rows, int vectors>
CONVNET_INLINE void begin_columns(const TileTarget<T>& c, Sums<T, rows, vectors>& sums) {
    CONVNET_UNROLL
    for (int v = 0; v < vectors; ++v) {
        typename Vector<T>::type bias{};
        if (c.column_bias != nullptr && !c.accumulate) {
            bias = load(c.column_bias + v * Vector<T>::lanes);
        }
        CONVNET_UNROLL
        for (int r = 0; r < rows; ++r) {
            sums[r][v] = bias;
        }
    }
}

template <class T, int rows, int vectors>
CONVNET_INLINE void begin(const TileTarget<T>& c, Sums<T, rows, vectors>& sums) {
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            sums[r][v] = broadcast(c.bias != nullptr && !c.accumulate ? c.bias[r] : T{0});
            __builtin_prefetch(c.data + r * c.stride + v * Vector<T>::lanes, 1);
        }
    }
    if (c.column_bias != nullptr) {
        begin_columns<T, rows, vectors>(c, sums);
    }
}

template <class T, int rows, int vectors>
CONVNET_INLINE void add_and_rectify(const TileTarget<T>& c, Sums<T, rows, vectors>& sums) {
    if (c.accumulate) {
        CONVNET_UNROLL
        for (int r = 0; r < rows; ++r) {
            CONVNET_UNROLL
            for (int v = 0; v < vectors; ++v) {
                sums[r][v] += load(c.data + r * c.stride + v * Vector<T>::lanes);
            }
        }
    }
    if (c.slope != T{1}) {
        const auto slope = broadcast(c.slope);
        CONVNET_UNROLL
        for (int r = 0; r < rows; ++r) {
            CONVNET_UNROLL
            for (int v = 0; v < vectors; ++v) {
                sums[r][v] = rectified<T>(sums[r][v], slope);
            }
        }
    }
}

template <class T, int rows, int vectors>
CONVNET_INLINE void finish(const TileTarget<T>& c, Sums<T, rows, vectors>& sums) {
    add_and_rectify<T, rows, vectors>(c, sums);
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store(c.data + r * c.stride + v * Vector<T>::lanes, sums[r][v]);
        }
    }
}

/// sums[r] += weight_of(r) * the vectors at `b`, for every step-th row from `first` on.
template <class T, int rows, int vectors, int first = 0, int step = 1, class WeightOf>
CONVNET_INLINE void add_products(const T* b, const WeightOf& weight_of, Sums<T, rows, vectors>& sums) {
    typename Vector<T>::type column[vectors];
    CONVNET_UNROLL
    for (int v = 0; v < vectors; ++v) {
        column[v] = load(b + v * Vector<T>::lanes);
    }
    CONVNET_UNROLL
    for (int r = first; r < rows; r += step) {
        const auto weight = broadcast(weight_of(r));
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            sums[r][v] += weight * column[v];
        }
    }
}

template <int rows, int vectors, class T>
CONVNET_INLINE void sum_products(const Tile<T>& tile, Sums<T, rows, vectors>& sums) {
    const T* a = tile.a;
    const T* b = tile.b;
    const T* ahead = tile.ahead != nullptr ? tile.ahead : b;
    for (std::int64_t k = tile.k; k > 0; --k, a += tile.a_stride, b += tile.b_stride, ahead += tile.ahead_stride) {
        __builtin_prefetch(ahead);
        __builtin_prefetch(a + prefetched_bytes / static_cast<std::int64_t>(sizeof(T)));
        add_products<T, rows, vectors>(
            b, [a](int r) { return a[r]; }, sums);
    }
}

template <int rows, int vectors, class T>
CONVNET_INLINE void sum_products(const WindowTile<T>& tile, Sums<T, rows, vectors>& sums) {
    if (tile.taps == 1) {
        const T* const b = tile.source + tile.offsets[0];
        return sum_products<rows, vectors>(
            Tile<T>{
                rows, vectors, tile.channels, tile.a, rows, b, tile.channel_stride, {}, tile.ahead, tile.ahead_stride},
            sums);
    }
    const T* a = tile.a;
    const T* channel = tile.source;
    for (std::int64_t c = 0; c < tile.channels; ++c, channel += tile.channel_stride) {
        const T* ahead = tile.ahead + c * tile.ahead_stride;
        for (std::int64_t tap = 0; tap < tile.taps; ++tap, a += rows, ahead += tile.ahead_step) {
            __builtin_prefetch(ahead, 0, 2);
            __builtin_prefetch(a + prefetched_bytes / static_cast<std::int64_t>(sizeof(T)));
            add_products<T, rows, vectors>(
                channel + tile.offsets[tap], [a](int r) { return a[r]; }, sums);
        }
    }
}

template <int rows, int vectors, class T>
CONVNET_INLINE void sum_products(const LinesTile<T>& tile, Sums<T, rows, vectors>& sums) {
    const T* a[rows];
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        a[r] = tile.a[r];
    }
    const T* b = tile.b;
    const T* ahead = tile.ahead != nullptr ? tile.ahead : b;
    for (std::int64_t line = 0; line < tile.lines; ++line) {
        const std::int64_t begin = line * tile.line_stride, end = begin + tile.length;
        for (std::int64_t k = begin; k < end; ++k, b += vectors * Vector<T>::lanes, ahead += tile.ahead_step) {
            __builtin_prefetch(ahead, 0, 2);
            add_products<T, rows, vectors>(
                b, [&a, k](int r) { return a[r][k]; }, sums);
        }
    }
}

template <class Tile, int rows, int vectors>
void multiply_size(const Tile& tile) {
    using T = typename Tile::Value;
    Sums<T, rows, vectors> sums;
    begin<T, rows, vectors>(tile.c, sums);
    sum_products<rows, vectors>(tile, sums);
    finish<T, rows, vectors>(tile.c, sums);
}

// One function for each number of rows and vectors.
template <class Tile, int rows>
void multiply_width(const Tile& tile) {
    static constexpr void (*by_vectors[most_vectors])(const Tile&) = {
        multiply_size<Tile, rows, 1>, multiply_size<Tile, rows, 2>, multiply_size<Tile, rows, 3>};
    by_vectors[tile.vectors - 1](tile);
}

template <class Tile>
void multiply(const Tile& tile) {
    static constexpr void (*by_rows[most_rows])(const Tile&) = {
        multiply_width<Tile, 1>,
        multiply_width<Tile, 2>,
        multiply_width<Tile, 3>,
        multiply_width<Tile, 4>,
#if CONVNET_TILE_ROWS == 8
        multiply_width<Tile, 5>,
        multiply_width<Tile, 6>,
        multiply_width<Tile, 7>,
        multiply_width<Tile, 8>,
#endif
    };
    by_rows[tile.rows - 1](tile);
}

}  // namespace
}  // namespace convnet::cpu
