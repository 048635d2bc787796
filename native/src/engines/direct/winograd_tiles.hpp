// The plane of a convolution with stride 1 cut into tiles for Winograd's method. Tiles of a dilated convolution are of
// every dilation-th row and column, its phases, each of which is a convolution without dilation. Tiles are transformed
// with channels side by side in vectors, so that small planes fill them, too.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/winograd_kernels.hpp"
#include "geometry/convolution_problem.hpp"

namespace convnet::direct {

/// Planes from which each tile takes a square.
struct TiledPlanes {
    std::int64_t rows, columns;
    std::int64_t pad_rows, pad_columns;  ///< Zeros before them.
    std::int64_t edge;                   ///< Elements of a square on each axis.

    std::int64_t elements() const { return rows * columns; }
};

/// Rows of tiles over the whole width, of one phase of rows and all phases of columns.
struct Strip {
    std::int64_t image, phase, row, rows, tiles;
};

class WinogradTiles {
public:
    /// Tiles `step` apart, in strips of about so many. The axes are those of a convolution with stride 1.
    WinogradTiles(std::int64_t images, const Axis& vertical, const Axis& horizontal, std::int64_t step,
                  std::int64_t wanted_tiles);

    std::int64_t tiles() const { return strip_rows_ * across_; }  ///< Most tiles of a strip.
    std::int64_t strips() const { return images_ * row_phases_ * strips_down_; }
    Strip strip(std::int64_t index) const;

    /// What transform() needs for squares of so many elements on each axis.
    std::int64_t scratch_elements(std::int64_t edge, int lanes) const;

    /// Brings the tiles of up to a vector of channels in and transforms them: number `point` of tile t goes to
    /// out[point * point_stride + t * tile_stride], a whole vector.
    template <class T>
    void transform(const cpu::Kernels<T>& kernels, void (*kernel)(const cpu::TileTransform<T>&),
                   const TiledPlanes& planes, const Strip& strip, const T* first_plane, std::int64_t channels,
                   T* scratch, T* out, std::int64_t points_across, std::int64_t point_stride,
                   std::int64_t tile_stride) const;

private:
    /// How the rows of a channel lie in scratch.
    struct Layout {
        std::int64_t rows, pitch, part, plane, unsplit;
    };
    Layout layout(std::int64_t edge, std::int64_t tile_rows) const;

    Axis vertical_, horizontal_;
    std::int64_t images_, step_;
    std::int64_t row_phases_, column_phases_;
    std::int64_t down_, phase_across_, across_;  // tiles of a phase, and beside each other in all phases of columns
    std::int64_t strip_rows_, strips_down_;
};

}  // namespace convnet::direct
