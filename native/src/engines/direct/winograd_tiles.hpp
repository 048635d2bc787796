// The plane of a convolution cut into tiles for Winograd's method. Tiles of a dilated convolution are of every
// dilation-th row and column, its phases, each of which is a convolution without dilation. A strided one is a sum of
// convolutions over every stride-th row and column, and a transposed one yields every stride-th: a set of squares for
// each of them. Squares are transformed with channels side by side in vectors, so that small planes fill them, too.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/winograd_kernels.hpp"
#include "geometry/convolution_problem.hpp"

namespace convnet::direct {

/// Where the squares of tiles lie on an axis of planes that are read: element e of the square of set s of a tile whose
/// first position is p lies at p * stride + e * stride * dilation + offsets[s] - pad. Where there are phases, each of them
/// is a channel of its own, which has every so many elements: element i of phase q is i * phases + q - pad of the plane.
struct TileSource {
    std::int64_t extent, pad, stride;
    std::vector<std::int64_t> offsets{0};
    std::int64_t phases = 1;

    std::int64_t sets() const { return static_cast<std::int64_t>(offsets.size()); }
};

/// Where results lie on an axis of planes that are written: that of set s at position p at p * step + offsets[s].
struct TileTarget {
    std::int64_t extent, step;
    std::vector<std::int64_t> offsets{0};

    std::int64_t sets() const { return static_cast<std::int64_t>(offsets.size()); }
};

/// A plane with its rows and its columns.
template <class Side>
struct TiledPlane {
    Side rows, columns;

    std::int64_t elements() const { return rows.extent * columns.extent; }
    std::int64_t sets() const { return rows.sets() * columns.sets(); }
    std::int64_t phases() const { return rows.phases * columns.phases; }
};

/// Channels that are read, at most a vector of them, of an image and group whose planes begin at `planes`.
template <class T>
struct SourceChannels {
    const T* planes;
    std::int64_t first, count;
};

/// Points of tiles in memory: number p of a set's tile t begins at set * set + p * point + t * tile, a vector of channels.
struct PointStrides {
    std::int64_t set, point, tile;
};

/// Rows of tiles over the whole width, of one phase of rows and all phases of columns.
struct Strip {
    std::int64_t image, phase, row, rows, tiles;
};

class WinogradTiles {
public:
    /// Tiles of step x step positions, in strips of about so many. Of the axes, `out` are the positions.
    WinogradTiles(std::int64_t images, const Axis& vertical, const Axis& horizontal, std::int64_t step,
                  std::int64_t wanted_tiles);

    std::int64_t tiles() const { return strip_rows_ * across_; }  ///< Most tiles of a strip.
    std::int64_t strips() const { return images_ * row_phases_ * strips_down_; }
    Strip strip(std::int64_t index) const;

    /// What bring_in() needs for squares of so many elements on each axis, and bring_out().
    std::int64_t source_scratch(const TiledPlane<TileSource>& planes, std::int64_t edge, int lanes) const;
    std::int64_t target_scratch(const TiledPlane<TileTarget>& planes, int lanes) const;

    /// Transforms the squares of channels.
    template <class T>
    void bring_in(const cpu::Kernels<T>& kernels, void (*transform)(const cpu::TileTransform<T>&),
                  const TiledPlane<TileSource>& planes, std::int64_t edge, const Strip& strip,
                  const SourceChannels<T>& channels, T* band, T* out, std::int64_t points_across,
                  const PointStrides& strides) const;

    /// Transforms products into results of up to a vector of channels, adds a vector of biases unless that is null, and
    /// multiplies what is not above 0 by `slope`. Those of one of several sets leave the others in the target as they are.
    template <class T>
    void bring_out(const cpu::Kernels<T>& kernels, const cpu::MinimalFiltering<T>& filtering, const T* in,
                   const PointStrides& strides, const TiledPlane<TileTarget>& planes, const Strip& strip,
                   T* first_plane, std::int64_t channels, const T* bias, T slope, T* band) const;

private:
    /// How a band of the source lies in scratch.
    struct Layout {
        std::int64_t rows, pitch;
    };
    Layout layout(const TiledPlane<TileSource>& planes, std::int64_t edge, std::int64_t tile_rows) const;
    template <class T>
    void read_band(const cpu::Kernels<T>& kernels, const TiledPlane<TileSource>& planes, const Layout& layout,
                   std::int64_t first_row, const SourceChannels<T>& channels, T* band) const;
    template <class T>
    void read_phases(const cpu::Kernels<T>& kernels, const TiledPlane<TileSource>& planes, const Layout& layout,
                     std::int64_t first_row, const SourceChannels<T>& channels, T* band) const;
    template <class T>
    void scatter(const T* planes_of_set, const TiledPlane<TileTarget>& planes, std::int64_t first_row, T* first_plane,
                 std::int64_t channels) const;
    std::int64_t target_pitch(const TiledPlane<TileTarget>& planes) const;

    Axis vertical_, horizontal_;
    std::int64_t images_, step_;
    std::int64_t row_phases_, column_phases_;
    std::int64_t down_, phase_across_, across_;  // tiles of a phase, and beside each other in all phases of columns
    std::int64_t strip_rows_, strips_down_;
};

}  // namespace convnet::direct
