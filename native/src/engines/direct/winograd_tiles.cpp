#include "engines/direct/winograd_tiles.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Phases that have positions.
std::int64_t phases_of(const Axis& axis) { return std::min(axis.dilation, axis.out); }

/// Every so many rows of a plane, split into the phases of its columns: how far apart those are, and the rest of memory
/// that splitting them needs. Up to a vector behind each of them is written, too.
struct SplitRows {
    SplitRows(std::int64_t rows, std::int64_t pitch, std::int64_t phases, int lanes)
        : plane(whole_lines(rows * pitch + lanes)),
          spare((cpu::rows_split_at_once + 1) * phases * ceil_divide(pitch, lanes) * lanes + lanes) {}

    std::int64_t plane, spare;
};

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
    const std::int64_t overlap = edge - step_;
    Layout l{};
    l.rows = planes.rows.stride * (tile_rows * step_ + overlap - 1) + last_offset(planes.rows) + 1;
    l.pitch = horizontal_.dilation * planes.columns.stride * (phase_across_ * step_ + overlap - 1) +
              last_offset(planes.columns) + column_phases_;
    return l;
}

std::int64_t WinogradTiles::source_scratch(const TiledPlane<TileSource>& planes, std::int64_t edge, int lanes) const {
    const Layout l = layout(planes, edge, strip_rows_);
    const std::int64_t band = whole_lines(l.rows * l.pitch * lanes), phases = planes.columns.phases;
    if (planes.phases() == 1) {
        return band;
    }
    const SplitRows split(l.rows, l.pitch, phases, lanes);
    const std::int64_t most_planes = (ceil_divide(lanes, phases) + 1) * phases;
    return band + whole_lines(most_planes * split.plane + split.spare);
}

std::int64_t WinogradTiles::target_pitch(const TiledPlane<TileTarget>& planes) const {
    return phase_across_ * step_ * horizontal_.dilation * planes.columns.step;
}

std::int64_t WinogradTiles::target_scratch(const TiledPlane<TileTarget>& planes, int lanes) const {
    return whole_lines(step_ * planes.rows.step * target_pitch(planes) * lanes);
}

// Rows of one phase, between zeros.
template <class T>
void WinogradTiles::read_band(const cpu::Kernels<T>& kernels, const TiledPlane<TileSource>& planes, const Layout& l,
                              std::int64_t first_row, const SourceChannels<T>& channels, T* band) const {
    const T* const first_plane = channels.planes + channels.first * planes.elements();
    const std::int64_t lanes = kernels.lanes, dilation = vertical_.dilation;
    const std::int64_t lead = planes.columns.pad, width = std::min(planes.columns.extent, l.pitch - lead);
    const std::int64_t begin = first_row >= 0 ? 0 : std::min(l.rows, ceil_divide(-first_row, dilation));
    const std::int64_t end = std::clamp(ceil_divide(planes.rows.extent - first_row, dilation), begin, l.rows);
    T* const inner = band + begin * l.pitch * lanes;
    std::fill(band, inner, T{0});
    std::fill(band + end * l.pitch * lanes, band + l.rows * l.pitch * lanes, T{0});
    for (std::int64_t r = begin; r < end; ++r) {
        T* const row = band + r * l.pitch * lanes;
        std::fill_n(row, lead * lanes, T{0});
        std::fill(row + (lead + width) * lanes, row + l.pitch * lanes, T{0});
    }
    const bool adjacent = dilation == 1 && width == planes.columns.extent;
    const std::int64_t runs = adjacent ? std::min<std::int64_t>(1, end - begin) : end - begin;
    for (std::int64_t run = 0; run < runs; ++run) {
        const std::int64_t y = first_row + (begin + run) * dilation;
        kernels.planes_to_vectors({first_plane + y * planes.columns.extent, planes.elements(), channels.count,
                                   adjacent ? end - begin : 1, width, l.pitch},
                                  inner + (run * l.pitch + lead) * lanes);
    }
}

// Planes of phases beside the band, and then vectors of them.
template <class T>
void WinogradTiles::read_phases(const cpu::Kernels<T>& kernels, const TiledPlane<TileSource>& planes, const Layout& l,
                                std::int64_t first_row, const SourceChannels<T>& channels, T* band) const {
    const TileSource &rows = planes.rows, &columns = planes.columns;
    const SplitRows split(l.rows, l.pitch, columns.phases, kernels.lanes);
    T* const phases = band + whole_lines(l.rows * l.pitch * kernels.lanes);
    const std::int64_t first = channels.first / columns.phases;
    const std::int64_t end = ceil_divide(channels.first + channels.count, columns.phases);
    T* const spare = phases + (end - first) * columns.phases * split.plane;
    for (std::int64_t part = first; part < end; ++part) {
        const T* const plane = channels.planes + part / rows.phases * planes.elements();
        kernels.pad({plane, rows.extent, columns.extent, first_row * rows.phases + part % rows.phases - rows.pad,
                     rows.phases, l.rows, columns.pad, columns.phases, l.pitch, split.plane, l.pitch, spare,
                     phases + (part - first) * columns.phases * split.plane});
    }
    kernels.planes_to_vectors({phases + (channels.first - first * columns.phases) * split.plane, split.plane,
                               channels.count, l.rows, l.pitch, l.pitch},
                              band);
}

template <class T>
void WinogradTiles::bring_in(const cpu::Kernels<T>& kernels, void (*transform)(const cpu::TileTransform<T>&),
                             const TiledPlane<TileSource>& planes, std::int64_t edge, const Strip& strip,
                             const SourceChannels<T>& channels, T* band, T* out, std::int64_t points_across,
                             const PointStrides& strides) const {
    const std::int64_t lanes = kernels.lanes;
    const TileSource &rows = planes.rows, &columns = planes.columns;
    const Layout l = layout(planes, edge, strip.rows);
    const std::int64_t first_row = strip.phase + strip.row * step_ * rows.stride * vertical_.dilation;
    if (planes.phases() > 1) {
        read_phases(kernels, planes, l, first_row, channels, band);
    } else {
        read_band(kernels, planes, l, first_row - rows.pad, channels, band);
    }

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

/// Results of one of several sets, beside which the others lie in the target.
template <class T>
void WinogradTiles::scatter(const T* planes_of_set, const TiledPlane<TileTarget>& planes, std::int64_t first_row,
                            T* first_plane, std::int64_t channels) const {
    const TileTarget &rows = planes.rows, &columns = planes.columns;
    const std::int64_t width = phase_across_ * step_;
    const std::int64_t first = first_row * rows.step + rows.offsets[0];
    const std::int64_t count = std::min(step_, ceil_divide(rows.extent - first, rows.step));
    const std::int64_t across = std::min(width, ceil_divide(columns.extent - columns.offsets[0], columns.step));
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        for (std::int64_t r = 0; r < count; ++r) {
            const T* const from = planes_of_set + (channel * step_ + r) * width;
            T* const to = first_plane + channel * planes.elements() + (first + r * rows.step) * columns.extent +
                          columns.offsets[0];
            for (std::int64_t i = 0; i < across; ++i) {
                to[i * columns.step] = from[i];
            }
        }
    }
}

template <class T>
void WinogradTiles::bring_out(const cpu::Kernels<T>& kernels, const cpu::MinimalFiltering<T>& filtering, const T* in,
                              const PointStrides& strides, const TiledPlane<TileTarget>& planes, const Strip& strip,
                              T* first_plane, std::int64_t channels, const T* bias, T slope, T* band) const {
    const std::int64_t lanes = kernels.lanes, edge = filtering.edge;
    const TileTarget &rows = planes.rows, &columns = planes.columns;
    const std::int64_t pitch = target_pitch(planes), column_step = columns.step * horizontal_.dilation;
    const std::int64_t row_length = pitch * lanes, results = step_ * rows.step;
    if (planes.sets() == 1 && rows.step * columns.step > 1) {
        const std::int64_t width = phase_across_ * step_;
        T* const results_of_set = band + step_ * width * lanes;
        for (std::int64_t row = 0; row < strip.rows; ++row, in += across_ * strides.tile) {
            filtering.output({in, edge * strides.point, strides.point, strides.tile, band, width * lanes, lanes,
                              step_ * lanes, phase_across_, bias, slope});
            kernels.vectors_to_planes(band, {results_of_set, step_ * width, channels, step_, width, width});
            scatter(results_of_set, planes, (strip.row + row) * step_, first_plane, channels);
        }
        return;
    }
    for (std::int64_t row = 0; row < strip.rows; ++row, in += across_ * strides.tile) {
        const T* set = in;
        for (const std::int64_t row_offset : rows.offsets) {
            for (const std::int64_t column_offset : columns.offsets) {
                const T* tile = set;
                for (std::int64_t phase = 0; phase < column_phases_; ++phase, tile += phase_across_ * strides.tile) {
                    T* const first = band + row_offset * row_length + (phase * columns.step + column_offset) * lanes;
                    filtering.output({tile, edge * strides.point, strides.point, strides.tile, first,
                                      rows.step * row_length, column_step * lanes, step_ * column_step * lanes,
                                      phase_across_, bias, slope});
                }
                set += strides.set;
            }
        }
        // Results are of adjacent rows, or of one phase.
        const std::int64_t dilation = vertical_.dilation;
        const std::int64_t first = strip.phase + (strip.row + row) * results * dilation;
        const std::int64_t count = std::min(results, ceil_divide(rows.extent - first, dilation));
        for (std::int64_t r = 0; r < count; r += dilation == 1 ? count : 1) {
            kernels.vectors_to_planes(band + r * row_length,
                                      {first_plane + (first + r * dilation) * columns.extent, planes.elements(),
                                       channels, dilation == 1 ? count : 1, columns.extent, pitch});
        }
    }
}

#define CONVNET_INSTANTIATE(T)                                                                                        \
    template void WinogradTiles::bring_in(const cpu::Kernels<T>&, void (*)(const cpu::TileTransform<T>&),             \
                                          const TiledPlane<TileSource>&, std::int64_t, const Strip&,                  \
                                          const SourceChannels<T>&, T*, T*, std::int64_t, const PointStrides&) const; \
    template void WinogradTiles::bring_out(const cpu::Kernels<T>&, const cpu::MinimalFiltering<T>&, const T*,         \
                                           const PointStrides&, const TiledPlane<TileTarget>&, const Strip&, T*,      \
                                           std::int64_t, const T*, T, T*) const
CONVNET_INSTANTIATE(float);
CONVNET_INSTANTIATE(double);
#undef CONVNET_INSTANTIATE

}  // namespace convnet::direct
