// The transforms of Winograd's minimal filtering for one instruction set (Lavin and Gray, 2016).
// Only plain declarations here, as in kernels.hpp.
#pragma once

#include <cstdint>

namespace convnet::cpu {

/// Tiles whose elements are vectors of channels, each multiplied with one matrix from both sides. Element (r, c) of tile t
/// begins at r * in_row + c * in_column + t * in_tile.
template <class T>
struct TileTransform {
    const T* in;
    std::int64_t in_row, in_column, in_tile;
    T* out;
    std::int64_t out_row, out_column, out_tile;
    std::int64_t tiles;
    const T* bias = nullptr;  ///< A vector that is added to each result, or null; of outputs only.
    T slope = T{1};           ///< What results that are then not above 0 are multiplied by; of outputs only.
};

/// Minimal filtering F(outputs x outputs, taps x taps): a tile of inputs, of (outputs + taps - 1)^2 points, and one of
/// the filter are transformed, multiplied point by point, summed over channels, and transformed into outputs.
template <class T>
struct MinimalFiltering {
    const char* name;
    int outputs, taps, edge;  ///< On each axis, edge = outputs + taps - 1.
    void (*input)(const TileTransform<T>&);
    void (*filter)(const TileTransform<T>&);
    void (*output)(const TileTransform<T>&);
};

inline constexpr int winograd_filterings = 10, line_filterings = 1;

template <class T>
struct WinogradKernels {
    MinimalFiltering<T> filterings[winograd_filterings];
    MinimalFiltering<T>
        of_lines[line_filterings];  ///< F(outputs x 1, taps x 1), of whole lines: tiles have one column.
};

}  // namespace convnet::cpu
