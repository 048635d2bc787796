// The transforms of Winograd's minimal filtering F(4x4, 3x3) for one instruction set (Lavin and Gray, 2016).
// Only plain declarations here, as in kernels.hpp.
#pragma once

#include <cstdint>

namespace convnet::cpu {

inline constexpr int winograd_out = 4;      ///< Outputs of a tile on each axis.
inline constexpr int winograd_in = 6;       ///< Inputs of a tile on each axis; neighbours overlap by two.
inline constexpr int winograd_points = 36;  ///< Products of a tile.

/// Tiles whose elements are vectors of channels, each multiplied with one matrix from both sides. Element (r, c) of tile t
/// begins at r * in_row + c * in_column + t * in_tile.
template <class T>
struct TileTransform {
    const T* in;
    std::int64_t in_row, in_column, in_tile;
    T* out;
    std::int64_t out_row, out_column, out_tile;
    std::int64_t tiles;
};

/// Minimal filtering F(outputs x outputs, taps x taps): a tile of inputs, of (outputs + taps - 1)^2 points, and one of
/// the filter are transformed, multiplied point by point, summed over channels, and transformed into outputs.
template <class T>
struct MinimalFiltering {
    int outputs, taps;
    void (*input)(const TileTransform<T>&);
    void (*filter)(const TileTransform<T>&);
    void (*output)(const TileTransform<T>&);
};

template <class T>
struct WinogradKernels {
    int lanes;  ///< Elements of a vector.

    /// Transforms a row of `tiles` tiles: `rows` has 6 rows, `row_stride` apart, of 4 * tiles + 2 inputs, readable up to
    /// 4 * (tiles rounded up to whole vectors) + 4. Point p of tile t goes to out[p * point_stride + t]; up to a vector
    /// behind the last tile is overwritten.
    void (*input)(const T* rows, std::int64_t row_stride, std::int64_t tiles, T* out, std::int64_t point_stride);

    /// Transforms products back: point p of tile t comes from in[p * point_stride + t], readable up to whole vectors.
    /// Writes 4 rows of 4 * tiles outputs plus `bias`, those that are then not above 0 times `slope`, with room for whole
    /// vectors of tiles.
    void (*output)(const T* in, std::int64_t point_stride, std::int64_t tiles, T bias, T slope, T* rows,
                   std::int64_t row_stride);

    MinimalFiltering<T> filterings[1];
};

}  // namespace convnet::cpu
