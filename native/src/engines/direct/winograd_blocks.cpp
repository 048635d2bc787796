#include "engines/direct/winograd_blocks.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t all_tiles = std::int64_t{1} << 40;

}  // namespace

WinogradBlocks::WinogradBlocks(const ConvolutionProblem& p, WeightUse use, const WinogradGeometry& geometry,
                               std::int64_t outputs, const WinogradVectors& vectors)
    : groups(p.groups),
      channels(use == WeightUse::forward ? p.in_channels_per_group() : p.out_channels_per_group()),
      targets(use == WeightUse::forward ? p.out_channels_per_group() : p.in_channels_per_group()),
      whole_channels(round_up(channels, vectors.lanes)),
      whole_targets(round_up(targets, vectors.lanes)),
      lines(geometry.lines()),
      points(geometry.points(outputs)),
      geometry_(geometry),
      vectors_(vectors),
      batch_(p.batch),
      outputs_(outputs),
      edge_(geometry.edge(outputs)) {
    constexpr std::int64_t least_slices = 8;
    const std::int64_t all = whole_targets / vectors.lanes;
    at_once = weights_change(p, use) && all > (least_slices - 1) * even_part(all, vectors.most) &&
              chunks_of(all_tiles, Division::at_once).in_elements <= elements(4 << 20);
    most_slice = even_part(all, at_once ? vectors.most : 128 / vectors.lanes) * vectors.lanes;
    panel = even_part(most_slice / vectors.lanes, vectors.most) * vectors.lanes;
    const std::int64_t wanted_piece = at_once ? elements(768 << 10) / (points * lines * most_slice) : channels;
    piece = std::min(channels, round_up(even_part(channels, wanted_piece), vectors.lanes));
    filter_stride = odd_lines(lines * piece * most_slice);
}

WinogradBlocks::Chunks WinogradBlocks::chunks_of(std::int64_t wanted_tiles, Division division,
                                                 std::int64_t parts) const {
    const WinogradTiles tiles(batch_, geometry_.vertical, geometry_.horizontal, outputs_, wanted_tiles);
    const int lanes = static_cast<int>(vectors_.lanes);
    Chunks c{tiles, division, parts, points / parts, 0, 0, 0, 0, {}, {}, 0, 0};
    c.strips = even_part(tiles.strips(), std::max<std::int64_t>(1, wanted_tiles / tiles.tiles()));
    c.depth = c.strips * tiles.tiles();
    c.count = ceil_divide(tiles.strips(), c.strips);
    c.scratch =
        std::max(tiles.source_scratch(geometry_.source, edge_, lanes), tiles.target_scratch(geometry_.target, lanes));
    c.in.tile = lines * whole_channels;
    c.in.point = odd_lines(c.depth * c.in.tile);
    c.in.set = lines > 1 ? whole_channels : edge_ * edge_ * c.in.point;
    c.out.tile = most_slice;
    c.out.point = odd_lines(c.depth * c.out.tile);
    c.out.set = edge_ * edge_ * c.out.point;
    c.in_elements = c.points * c.in.point;
    c.out_elements = c.points * c.out.point;
    return c;
}

WinogradBlocks::Chunks WinogradBlocks::chunks(int threads) const {
    if (at_once) {
        return chunks_of(all_tiles, Division::at_once);
    }
    // Each chunk of a thread's own reads all weights again. Where those are near, that costs less than passing tiles on
    // from core to core.
    constexpr std::int64_t near_bytes = 8 << 20, cached_bytes = 24 << 20;
    constexpr std::int64_t shared_bytes = 5 << 20, least_tiles = 24;
    const std::int64_t filter_bytes = filters_before(1, 0) * vectors_.element_bytes;
    const bool near = filter_bytes <= near_bytes;
    const std::int64_t own_bytes = near ? 2 << 20 : 1 << 20, tasks_of_thread = near ? 2 : 4;
    const std::int64_t of_tile = points * (lines * whole_channels + most_slice);
    const std::int64_t positions = batch_ * geometry_.vertical.out * geometry_.horizontal.out;
    const std::int64_t all = ceil_divide(positions, outputs_ * outputs_);
    const std::int64_t own = elements(own_bytes) / of_tile, shared = elements(shared_bytes) / of_tile;
    const std::int64_t even = threads == 1 ? all : all * groups / (tasks_of_thread * threads);
    if (own >= least_tiles && even >= least_tiles / 2) {
        return chunks_of(std::max<std::int64_t>(1, std::min(own, even)), Division::chunks);
    }
    Chunks c = chunks_of(std::max<std::int64_t>(1, shared), Division::points);
    const std::int64_t sets = geometry_.target.sets();
    if (filter_bytes <= cached_bytes) {
        // Few tiles each thread transforms for itself, where all have as many slices.
        c.division = c.count == 1 && slices() % threads == 0 ? Division::slices : Division::points;
    } else if (c.count > 1 && sets > 1) {
        // Filters come from memory: less often where more tiles are near, those of one set at a time.
        return chunks_of(std::max<std::int64_t>(1, shared * sets), Division::points, sets);
    }
    return c;
}

WinogradBlocks::Slice WinogradBlocks::slice(std::int64_t index) const {
    return {index * most_slice, std::min(most_slice, whole_targets - index * most_slice)};
}

std::int64_t WinogradBlocks::width(const Slice& slice, std::int64_t panel_first) const {
    return std::min(panel, slice.channels - panel_first);
}

std::int64_t WinogradBlocks::filters_before(std::int64_t group, std::int64_t slice) const {
    return (group * slices() + slice) * slice_filters();
}

std::int64_t WinogradBlocks::own_elements(const Chunks& c) const {
    switch (c.division) {
        case Division::points:
            return c.scratch;
        case Division::at_once:
            return c.scratch + slice_filters() + c.out_elements;
        case Division::chunks:
        case Division::slices:
            break;
    }
    return c.scratch + c.in_elements + c.out_elements;
}

std::int64_t WinogradBlocks::shared_elements(const Chunks& c) const {
    switch (c.division) {
        case Division::points:
            return c.in_elements + c.out_elements;
        case Division::at_once:
            return c.in_elements;
        case Division::chunks:
        case Division::slices:
            break;
    }
    return 0;
}

}  // namespace convnet::direct
