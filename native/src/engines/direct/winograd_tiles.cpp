#include "engines/direct/winograd_tiles.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Phases that have positions.
std::int64_t phases_of(const Axis& axis) { return std::min(axis.dilation, axis.out); }

std::int64_t last_offset(const TileSource& side) { return *std::max_element(side.offsets.begin(), side.offsets.end()); }

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

// Rows are of one phase, columns of all.
WinogradTiles::Layout WinogradTiles::layout(const TiledPlane<TileSource>& planes, std::int64_t edge,
                                            std::int64_t tile_rows) const {
    constexpr std::int64_t slack = 16;
    const std::int64_t overlap = edge - step_;
    Layout l{};
    l.rows = planes.rows.stride * (tile_rows * step_ + overlap - 1) + last_offset(planes.rows) + 1;
    l.pitch = horizontal_.dilation * planes.columns.stride * (phase_across_ * step_ + overlap - 1) +
              last_offset(planes.columns) + column_phases_;
    l.plane = odd_lines(l.rows * l.pitch + slack);
    return l;
}

std::int64_t WinogradTiles::source_scratch(const TiledPlane<TileSource>& planes, std::int64_t edge, int lanes) const {
    return whole_lines(2 * lanes * layout(planes, edge, strip_rows_).plane);
}

std::int64_t WinogradTiles::target_pitch(const TiledPlane<TileTarget>& planes) const {
    return phase_across_ * step_ * horizontal_.dilation * planes.columns.step;
}

std::int64_t WinogradTiles::target_scratch(const TiledPlane<TileTarget>& planes, int lanes) const {
    return whole_lines(step_ * target_pitch(planes) * lanes);
}

template <class T>
void WinogradTiles::bring_in(const cpu::Kernels<T>& kernels, void (*transform)(const cpu::TileTransform<T>&),
                             const TiledPlane<TileSource>& planes, std::int64_t edge, const Strip& strip,
                             const T* first_plane, std::int64_t channels, T* scratch, T* out,
                             std::int64_t points_across, const PointStrides& strides) const {
    const std::int64_t lanes = kernels.lanes;
    const TileSource &rows = planes.rows, &columns = planes.columns;
    const Layout l = layout(planes, edge, strip.rows);
    T* const band = scratch + lanes * l.plane;
    const std::int64_t first_row = strip.phase + strip.row * step_ * rows.stride * vertical_.dilation - rows.pad;
    for (std::int64_t c = 0; c < channels; ++c) {
        kernels.pad({first_plane + c * planes.elements(), rows.extent, columns.extent, first_row, vertical_.dilation,
                     l.rows, columns.pad, 1, l.pitch, 0, l.pitch, nullptr, scratch + c * l.plane});
    }
    std::fill_n(scratch + channels * l.plane, (lanes - channels) * l.plane, T{0});
    kernels.transpose(scratch, l.plane, lanes, ceil_divide(l.rows * l.pitch, lanes) * lanes, band, lanes);

    const std::int64_t in_row = rows.stride * l.pitch * lanes,
                       in_column = columns.stride * horizontal_.dilation * lanes;
    for (const std::int64_t row_offset : rows.offsets) {
        for (const std::int64_t column_offset : columns.offsets) {
            T* tile = out;
            for (std::int64_t row = 0; row < strip.rows; ++row) {
                for (std::int64_t phase = 0; phase < column_phases_; ++phase, tile += phase_across_ * strides.tile) {
                    const T* const in = band + (row_offset * l.pitch + column_offset + phase) * lanes;
                    transform({in + row * step_ * in_row, in_row, in_column, step_ * in_column, tile,
                               points_across * strides.point, strides.point, strides.tile, phase_across_, nullptr,
                               T{1}});
                }
            }
            out += strides.set;
        }
    }
}

template <class T>
void WinogradTiles::bring_out(const cpu::Kernels<T>& kernels, const cpu::MinimalFiltering<T>& filtering, const T* in,
                              const PointStrides& strides, const TiledPlane<TileTarget>& planes, const Strip& strip,
                              T* first_plane, std::int64_t channels, const T* bias, T slope, T* scratch) const {
    const std::int64_t lanes = kernels.lanes, edge = filtering.outputs + filtering.taps - 1;
    const TileTarget &rows = planes.rows, &columns = planes.columns;
    const std::int64_t pitch = target_pitch(planes), column_step = columns.step * horizontal_.dilation;
    for (std::int64_t row = 0; row < strip.rows; ++row, in += across_ * strides.tile) {
        const T* set = in;
        for (const std::int64_t row_offset : rows.offsets) {
            for (const std::int64_t column_offset : columns.offsets) {
                const T* tile = set;
                for (std::int64_t phase = 0; phase < column_phases_; ++phase, tile += phase_across_ * strides.tile) {
                    filtering.output({tile, edge * strides.point, strides.point, strides.tile,
                                      scratch + (phase * columns.step + column_offset) * lanes, pitch * lanes,
                                      column_step * lanes, step_ * column_step * lanes, phase_across_, bias, slope});
                }
                set += strides.set;
            }
            for (std::int64_t r = 0; r < step_; ++r) {
                const std::int64_t position = strip.phase + ((strip.row + row) * step_ + r) * vertical_.dilation;
                const std::int64_t y = position * rows.step + row_offset;
                if (y < rows.extent) {
                    kernels.transpose(scratch + r * pitch * lanes, lanes, columns.extent, channels,
                                      first_plane + y * columns.extent, planes.elements());
                }
            }
        }
    }
}

#define CONVNET_INSTANTIATE(T)                                                                                   \
    template void WinogradTiles::bring_in(const cpu::Kernels<T>&, void (*)(const cpu::TileTransform<T>&),        \
                                          const TiledPlane<TileSource>&, std::int64_t, const Strip&, const T*,   \
                                          std::int64_t, T*, T*, std::int64_t, const PointStrides&) const;        \
    template void WinogradTiles::bring_out(const cpu::Kernels<T>&, const cpu::MinimalFiltering<T>&, const T*,    \
                                           const PointStrides&, const TiledPlane<TileTarget>&, const Strip&, T*, \
                                           std::int64_t, const T*, T, T*) const
CONVNET_INSTANTIATE(float);
CONVNET_INSTANTIATE(double);
#undef CONVNET_INSTANTIATE

}  // namespace convnet::direct
