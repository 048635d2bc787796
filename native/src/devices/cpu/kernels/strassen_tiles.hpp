// One level of the fast matrix multiplication of Strassen in Winograd's form: 7 products of halves of rows, depth and
// columns instead of 8. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/register_tiles.hpp"

namespace convnet::cpu {
namespace {

constexpr int strassen_vectors = 2;  // of half a panel

template <class T>
void combine_columns(const StrassenColumns<T>& columns) {
    constexpr std::int64_t lanes = Vector<T>::lanes, width = strassen_vectors * lanes;
    const std::int64_t stride = columns.channel_stride, below = columns.depth * stride, step = columns.depth * width;
    const T* source = columns.source;
    T* out = columns.out;
    for (std::int64_t k = 0; k < columns.depth; ++k, source += stride - width) {
        CONVNET_UNROLL
        for (int v = 0; v < strassen_vectors; ++v, source += lanes, out += lanes) {
            const auto b11 = load(source), b12 = load(source + width);
            const auto b21 = load(source + below), b22 = load(source + below + width);
            const auto t1 = b12 - b11, t2 = b22 - t1;
            store(out, b11);
            store(out + step, b21);
            store(out + 2 * step, t2);
            store(out + 3 * step, b22 - b12);
            store(out + 4 * step, t2 - b21);
            store(out + 5 * step, t1);
            store(out + 6 * step, b22);
        }
    }
}

template <class T, int rows>
using HalfSums = Sums<T, rows, strassen_vectors>;

template <class T, int rows>
CONVNET_INLINE void clear(HalfSums<T, rows>& sums) {
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < strassen_vectors; ++v) {
            sums[r][v] = typename Vector<T>::type{};
        }
    }
}

template <class T, int rows>
CONVNET_INLINE void keep(const HalfSums<T, rows>& sums, T* kept) {
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < strassen_vectors; ++v) {
            store(kept + (r * strassen_vectors + v) * Vector<T>::lanes, sums[r][v]);
        }
    }
}

template <class T, int rows>
CONVNET_INLINE void add_kept(const T* kept, HalfSums<T, rows>& sums) {
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < strassen_vectors; ++v) {
            sums[r][v] += load(kept + (r * strassen_vectors + v) * Vector<T>::lanes);
        }
    }
}

/// What the products of a tile read one after the other.
template <class T>
struct StrassenStreams {
    const T *a, *b;
};

/// Adds the next product.
template <class T, int rows>
CONVNET_INLINE void add_next(const StrassenTile<T>& tile, StrassenStreams<T>& next, HalfSums<T, rows>& sums) {
    const T *a = next.a, *b = next.b;
    for (std::int64_t k = tile.depth; k > 0; --k, a += rows, b += strassen_vectors * Vector<T>::lanes) {
        __builtin_prefetch(a + prefetched_bytes / static_cast<std::int64_t>(sizeof(T)));
        add_products<T, rows, strassen_vectors>(
            b, [a](int r) { return a[r]; }, sums);
    }
    next.a = a;
    next.b = b;
}

/// Fetches the lines of a quarter of the results.
template <class T, int rows>
CONVNET_INLINE void fetch_quarter(const StrassenTile<T>& tile, int half, int side) {
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < strassen_vectors; ++v) {
            __builtin_prefetch(tile.lines[half][r / 2] + tile.places[side][v] + r % 2 * Vector<T>::lanes, 1);
        }
    }
}

/// Stores a quarter of the results, two rows in turns, with what is kept of them added where `adds`.
template <class T, int rows, bool adds = false>
CONVNET_INLINE void store_quarter(const StrassenTile<T>& tile, int half, int side, const HalfSums<T, rows>& sums,
                                  const T* kept = nullptr) {
    constexpr int lanes = Vector<T>::lanes;
    const T* const bias = tile.bias[half];
    const auto slope = broadcast(tile.slope);
    const bool rectifies = tile.slope != T{1};
    CONVNET_UNROLL
    for (int r = 0; r < rows; r += 2) {
        CONVNET_UNROLL
        for (int v = 0; v < strassen_vectors; ++v) {
            auto even = sums[r][v], odd = sums[r + 1][v];
            if (bias != nullptr) {
                even += broadcast(bias[r]);
                odd += broadcast(bias[r + 1]);
            }
            if constexpr (adds) {
                even += load(kept + (r * strassen_vectors + v) * lanes);
                odd += load(kept + ((r + 1) * strassen_vectors + v) * lanes);
            }
            if (rectifies) {
                even = rectified<T>(even, slope);
                odd = rectified<T>(odd, slope);
            }
            T* const out = tile.lines[half][r / 2] + tile.places[side][v];
            store(out, in_turns<T>(even, odd, 0));
            store(out + lanes, in_turns<T>(even, odd, lanes / 2));
        }
    }
}

/// The sums stay in registers from one product to the next. U are the sums of Winograd's form, P the products.
template <class T, int rows>
void multiply_strassen_size(const StrassenTile<T>& tile) {
    constexpr int elements = rows * strassen_vectors * Vector<T>::lanes;
    alignas(CONVNET_VECTOR_BYTES) T shared[elements], u3[elements];
    StrassenStreams<T> next{tile.a, tile.b};
    HalfSums<T, rows> sums;

    clear<T, rows>(sums);
    add_next<T, rows>(tile, next, sums);
    keep<T, rows>(sums, shared);  // P1
    fetch_quarter<T, rows>(tile, 0, 0);
    add_next<T, rows>(tile, next, sums);
    store_quarter<T, rows>(tile, 0, 0, sums);  // P1 + P2

    clear<T, rows>(sums);
    add_kept<T, rows>(shared, sums);
    add_next<T, rows>(tile, next, sums);
    keep<T, rows>(sums, shared);  // U2 = P1 + P6
    add_next<T, rows>(tile, next, sums);
    keep<T, rows>(sums, u3);  // U3 = U2 + P7
    fetch_quarter<T, rows>(tile, 1, 0);
    add_next<T, rows>(tile, next, sums);
    store_quarter<T, rows>(tile, 1, 0, sums);  // U3 - P4

    clear<T, rows>(sums);
    fetch_quarter<T, rows>(tile, 1, 1);
    add_next<T, rows>(tile, next, sums);                 // P5
    store_quarter<T, rows, true>(tile, 1, 1, sums, u3);  // U3 + P5
    add_kept<T, rows>(shared, sums);
    fetch_quarter<T, rows>(tile, 0, 1);
    add_next<T, rows>(tile, next, sums);
    store_quarter<T, rows>(tile, 0, 1, sums);  // U2 + P5 + P3
}

template <class T>
void multiply_strassen(const StrassenTile<T>& tile) {
    static constexpr void (*by_pairs[most_rows * 3 / 4])(const StrassenTile<T>&) = {
        multiply_strassen_size<T, 2>,
        multiply_strassen_size<T, 4>,
        multiply_strassen_size<T, 6>,
#if CONVNET_TILE_ROWS == 8
        multiply_strassen_size<T, 8>,
        multiply_strassen_size<T, 10>,
        multiply_strassen_size<T, 12>,
#endif
    };
    by_pairs[tile.rows / 2 - 1](tile);
}

}  // namespace
}  // namespace convnet::cpu
