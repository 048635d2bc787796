// How the weights of a sweep are divided into what one tile of a product reads.
#pragma once

#include <cstdint>

namespace convnet::direct {

struct Packing {
    std::int64_t tile_rows;  ///< Rows of a tile.
    std::int64_t channels;   ///< Source channels of a block: what a product sums at a time.
};

}  // namespace convnet::direct
