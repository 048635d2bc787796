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

template <class T, int rows, int vectors>
void multiply_pairs_size(const PairsTile<T>& tile) {
    constexpr int lanes = Vector<T>::lanes;
    const TileTarget<T>& c = tile.product.c;
    Sums<T, rows, vectors> sums;
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            sums[r][v] = broadcast(c.bias != nullptr && !c.accumulate ? c.bias[r] : T{0});
            __builtin_prefetch(tile.lines[r / 2] + (2 * v + r % 2) * lanes, 1);
        }
    }
    sum_products<rows, vectors>(tile.product, sums);
    add_and_rectify<T, rows, vectors>(c, sums);
    CONVNET_UNROLL
    for (int r = 0; r < rows; r += 2) {
        if (tile.lines[r / 2] != nullptr) {
            CONVNET_UNROLL
            for (int v = 0; v < vectors; ++v) {
                store_inside(tile, tile.lines[r / 2], 2 * v * lanes, in_turns<T>(sums[r][v], sums[r + 1][v], 0));
                store_inside(tile, tile.lines[r / 2], (2 * v + 1) * lanes,
                             in_turns<T>(sums[r][v], sums[r + 1][v], lanes / 2));
            }
        }
    }
}

template <class T, int rows>
void multiply_pairs_width(const PairsTile<T>& tile) {
    static constexpr void (*by_vectors[most_vectors])(const PairsTile<T>&) = {
        multiply_pairs_size<T, rows, 1>, multiply_pairs_size<T, rows, 2>, multiply_pairs_size<T, rows, 3>};
    by_vectors[tile.product.vectors - 1](tile);
}

template <class T>
void multiply_pairs(const PairsTile<T>& tile) {
    static constexpr void (*by_pairs[most_rows / 2])(const PairsTile<T>&) = {
        multiply_pairs_width<T, 2>,
        multiply_pairs_width<T, 4>,
#if CONVNET_TILE_ROWS == 8
        multiply_pairs_width<T, 6>,
        multiply_pairs_width<T, 8>,
#endif
    };
    by_pairs[tile.product.rows / 2 - 1](tile);
}

}  // namespace
}  // namespace convnet::cpu
