#include "engines/direct/winograd_tiles.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Phases that have positions.
std::int64_t phases_of(const Axis& axis) { return std::min(axis.dilation, axis.out); }

}  // namespace

WinogradTiles::WinogradTiles(std::int64_t images, const Axis& vertical, const Axis& horizontal, std::int64_t step,
                             std::int64_t wanted_tiles)
    : vertical_(vertical),
      horizontal_(horizontal),
      images_(images),
      step_(step),
      row_phases_(phases_of(vertical)),
      column_phases_(phases_of(horizontal)),
      down_(ceil_divide(ceil_divide(vertical.out, vertical.dilation), step)),
      phase_across_(ceil_divide(ceil_divide(horizontal.out, horizontal.dilation), step)),
      across_(column_phases_ * phase_across_),
      strip_rows_(even_part(down_, wanted_tiles / across_)),
      strips_down_(ceil_divide(down_, strip_rows_)) {}

Strip WinogradTiles::strip(std::int64_t index) const {
    const std::int64_t row = index % strips_down_ * strip_rows_;
    index /= strips_down_;
    const std::int64_t rows = std::min(strip_rows_, down_ - row);
    return {index / row_phases_, index % row_phases_, row, rows, rows * across_};
}

WinogradTiles::Layout WinogradTiles::layout(std::int64_t edge, std::int64_t tile_rows) const {
    constexpr std::int64_t slack = 16;
    const std::int64_t overlap = edge - step_, parts = horizontal_.dilation;
    Layout l{};
    l.rows = tile_rows * step_ + overlap;
    l.pitch = phase_across_ * step_ + overlap;
    l.part = l.rows * l.pitch + slack;
    l.plane = odd_lines(parts * l.part);
    l.unsplit = parts > 1 ? (cpu::rows_split_at_once + 1) * parts * whole_lines(l.pitch) + slack : 0;
    return l;
}

std::int64_t WinogradTiles::scratch_elements(std::int64_t edge, int lanes) const {
    const Layout l = layout(edge, strip_rows_);
    return whole_lines(2 * lanes * l.plane + l.unsplit);
}

template <class T>
void WinogradTiles::transform(const cpu::Kernels<T>& kernels, void (*kernel)(const cpu::TileTransform<T>&),
                              const TiledPlanes& planes, const Strip& strip, const T* first_plane,
                              std::int64_t channels, T* scratch, T* out, std::int64_t points_across,
                              std::int64_t point_stride, std::int64_t tile_stride) const {
    const std::int64_t lanes = kernels.lanes;
    const Layout l = layout(planes.edge, strip.rows);
    T* const band = scratch + lanes * l.plane;
    const std::int64_t first_row = strip.phase + strip.row * step_ * vertical_.dilation - planes.pad_rows;
    for (std::int64_t c = 0; c < channels; ++c) {
        kernels.pad({first_plane + c * planes.elements(), planes.rows, planes.columns, first_row, vertical_.dilation,
                     l.rows, planes.pad_columns, horizontal_.dilation, l.pitch, l.part, l.pitch, band + lanes * l.plane,
                     scratch + c * l.plane});
    }
    std::fill_n(scratch + channels * l.plane, (lanes - channels) * l.plane, T{0});
    kernels.transpose(scratch, l.plane, lanes, l.plane, band, lanes);
    for (std::int64_t row = 0; row < strip.rows; ++row) {
        for (std::int64_t phase = 0; phase < column_phases_; ++phase, out += phase_across_ * tile_stride) {
            kernel({band + (phase * l.part + row * step_ * l.pitch) * lanes, l.pitch * lanes, lanes, step_ * lanes, out,
                    points_across * point_stride, point_stride, tile_stride, phase_across_});
        }
    }
}

#define CONVNET_TRANSFORM(T)                                                                                 \
    template void WinogradTiles::transform(const cpu::Kernels<T>&, void (*)(const cpu::TileTransform<T>&),   \
                                           const TiledPlanes&, const Strip&, const T*, std::int64_t, T*, T*, \
                                           std::int64_t, std::int64_t, std::int64_t) const
CONVNET_TRANSFORM(float);
CONVNET_TRANSFORM(double);
#undef CONVNET_TRANSFORM

}  // namespace convnet::direct
