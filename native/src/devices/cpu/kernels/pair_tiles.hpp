// Products whose rows go to their target two by two in turns. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/register_tiles.hpp"

namespace convnet::cpu {
namespace {

/// Those of a vector, element `first` of a line and what follows, that exist.
template <class T>
CONVNET_INLINE void store_inside(const PairsTile<T>& tile, T* line, std::int64_t first, typename Vector<T>::type v) {
    constexpr int lanes = Vector<T>::lanes;
    if (first >= tile.begin && first + lanes <= tile.end) {
        store(line + first, v);
        return;
    }
    alignas(CONVNET_VECTOR_BYTES) T elements[lanes];
    store(elements, v);
    for (std::int64_t i = 0; i < lanes; ++i) {
        if (first + i >= tile.begin && first + i < tile.end) {
            line[first + i] = elements[i];
        }
    }
}

template <int rows, int vectors, class T>
CONVNET_INLINE void sum_staggered_products(const PairsTile<T>& tile, Sums<T, rows, vectors>& sums) {
    const WindowTile<T>& product = tile.product;
    const T* a = product.a;
    const T* channel = product.source;
    for (std::int64_t c = 0; c < product.channels; ++c, channel += product.channel_stride) {
        const T* ahead = product.ahead + c * product.ahead_stride;
        for (std::int64_t tap = 0; tap < product.taps; tap += tile.staggered) {
            const std::int64_t* const offsets = product.offsets + tap;
            const auto weight_of = [&a](int r) { return a[r]; };
            add_products<T, rows, vectors, 0, 2>(channel + offsets[0], weight_of, sums);
            a += rows;
            for (std::int64_t i = 1; i < tile.staggered - 1; ++i, a += rows) {
                __builtin_prefetch(ahead, 0, 2);
                ahead += product.ahead_step;
                add_products<T, rows, vectors>(channel + offsets[i], weight_of, sums);
            }
            add_products<T, rows, vectors, 1, 2>(channel + offsets[tile.staggered - 1], weight_of, sums);
            a += rows;
        }
    }
}

template <class T, bool staggered, int rows, int vectors>
void multiply_pairs_size(const PairsTile<T>& tile) {
    constexpr int lanes = Vector<T>::lanes;
    const TileTarget<T>& c = tile.product.c;
    Sums<T, rows, vectors> sums;
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        const T* const line = tile.lines[r / 2] + r % 2 * lanes;
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            sums[r][v] = broadcast(c.bias != nullptr && !c.accumulate ? c.bias[r] : T{0});
            __builtin_prefetch(tile.in_turns ? line + tile.places[v] : c.data + r * c.stride + v * lanes, 1);
        }
    }
    if constexpr (staggered) {
        sum_staggered_products<rows, vectors>(tile, sums);
    } else {
        sum_products<rows, vectors>(tile.product, sums);
    }
    if (!tile.in_turns) {
        return finish<T, rows, vectors>(c, sums);
    }
    add_and_rectify<T, rows, vectors>(c, sums);
    if (tile.whole) {
        CONVNET_UNROLL
        for (int r = 0; r < rows; r += 2) {
            CONVNET_UNROLL
            for (int v = 0; v < vectors; ++v) {
                T* const out = tile.lines[r / 2] + tile.places[v];
                store(out, in_turns<T>(sums[r][v], sums[r + 1][v], 0));
                store(out + lanes, in_turns<T>(sums[r][v], sums[r + 1][v], lanes / 2));
            }
        }
        return;
    }
    CONVNET_UNROLL
    for (int r = 0; r < rows; r += 2) {
        if (tile.lines[r / 2] != nullptr) {
            CONVNET_UNROLL
            for (int v = 0; v < vectors; ++v) {
                store_inside(tile, tile.lines[r / 2], tile.places[v], in_turns<T>(sums[r][v], sums[r + 1][v], 0));
                store_inside(tile, tile.lines[r / 2], tile.places[v] + lanes,
                             in_turns<T>(sums[r][v], sums[r + 1][v], lanes / 2));
            }
        }
    }
}

template <class T, bool staggered, int rows>
void multiply_pairs_width(const PairsTile<T>& tile) {
    using Size = void (*)(const PairsTile<T>&);
    if constexpr (rows <= most_rows) {
        static constexpr Size by_vectors[most_vectors] = {multiply_pairs_size<T, staggered, rows, 1>,
                                                          multiply_pairs_size<T, staggered, rows, 2>,
                                                          multiply_pairs_size<T, staggered, rows, 3>};
        by_vectors[tile.product.vectors - 1](tile);
    } else {
        static constexpr Size by_vectors[] = {multiply_pairs_size<T, staggered, rows, 1>,
                                              multiply_pairs_size<T, staggered, rows, 2>};
        by_vectors[tile.product.vectors - 1](tile);
    }
}

template <class T, bool staggered>
void multiply_pairs_rows(const PairsTile<T>& tile) {
    static constexpr void (*by_pairs[most_rows * 3 / 4])(const PairsTile<T>&) = {
        multiply_pairs_width<T, staggered, 2>,
        multiply_pairs_width<T, staggered, 4>,
        multiply_pairs_width<T, staggered, 6>,
#if CONVNET_TILE_ROWS == 8
        multiply_pairs_width<T, staggered, 8>,
        multiply_pairs_width<T, staggered, 10>,
        multiply_pairs_width<T, staggered, 12>,
#endif
    };
    by_pairs[tile.product.rows / 2 - 1](tile);
}

template <class T>
void multiply_pairs(const PairsTile<T>& tile) {
    if (tile.staggered > 0) {
        multiply_pairs_rows<T, true>(tile);
    } else {
        multiply_pairs_rows<T, false>(tile);
    }
}

}  // namespace
}  // namespace convnet::cpu
