// How the weights of a sweep are divided into what one tile of a product reads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace convnet::direct {

struct Packing {
    std::int64_t tile_rows;  ///< Rows of a tile.
    std::int64_t channels;   ///< Source channels of a block: what a product sums at a time.
    std::int64_t wide_tiles =
        std::numeric_limits<std::int64_t>::max();  ///< Those that have so many rows, the first ones.
    std::int64_t narrow_rows = 0;                  ///< Of the others.

    std::int64_t first_row(std::int64_t tile) const {
        return std::min(tile, wide_tiles) * tile_rows + std::max<std::int64_t>(tile - wide_tiles, 0) * narrow_rows;
    }
};

}  // namespace convnet::direct
