// Tiles of a matrix product that do not end with a whole vector.
#pragma once

#include <algorithm>
#include <cstdint>

#include "devices/cpu/kernels/kernels.hpp"

namespace convnet::cpu {

/// Multiplies a tile of which only `columns` columns exist; `whole` has room for all of them.
template <class T>
void multiply_tile(const Kernels<T>& kernels, Tile<T> tile, std::int64_t columns, T* whole) {
    const std::int64_t width = tile.vectors * kernels.lanes;
    if (columns == width) {
        kernels.multiply(tile);
        return;
    }
    const TileTarget<T> c = tile.c;
    tile.c.data = whole;
    tile.c.stride = width;
    if (c.accumulate) {
        for (int r = 0; r < tile.rows; ++r) {
            std::copy_n(c.data + r * c.stride, columns, whole + r * width);
            std::fill(whole + r * width + columns, whole + (r + 1) * width, T{0});
        }
    }
    kernels.multiply(tile);
    for (int r = 0; r < tile.rows; ++r) {
        std::copy_n(whole + r * width, columns, c.data + r * c.stride);
    }
}

}  // namespace convnet::cpu
