// The transforms of Winograd's minimal filtering F(4x4, 3x3) for one instruction set (Lavin and Gray, 2016).
// Only plain declarations here, as in kernels.hpp.
#pragma once

#include <cstdint>

namespace convnet::cpu {

inline constexpr int winograd_out = 4;      ///< Outputs of a tile on each axis.
inline constexpr int winograd_in = 6;       ///< Inputs of a tile on each axis; neighbours overlap by two.
inline constexpr int winograd_points = 36;  ///< Products of a tile.

template <class T>
struct WinogradKernels {
    int lanes;  ///< Elements of a vector.

    /// Transforms a row of `tiles` tiles: `rows` has 6 rows, `row_stride` apart, of 4 * tiles + 2 inputs, readable up to
    /// 4 * (tiles rounded up to whole vectors) + 4. Point p of tile t goes to out[p * point_stride + t]; up to a vector
    /// behind the last tile is overwritten.
    void (*input)(const T* rows, std::int64_t row_stride, std::int64_t tiles, T* out, std::int64_t point_stride);

    /// Transforms products back: point p of tile t comes from in[p * point_stride + t], readable up to whole vectors.
    /// Writes 4 rows of 4 * tiles outputs plus `bias`, with room for whole vectors of tiles.
    void (*output)(const T* in, std::int64_t point_stride, std::int64_t tiles, T bias, T* rows,
                   std::int64_t row_stride);
};

}  // namespace convnet::cpu
