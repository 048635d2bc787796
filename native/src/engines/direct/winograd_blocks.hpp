// How Winograd's method cuts a convolution: target channels into slices and panels, source channels into pieces, tiles into
// chunks. What is summed in which order follows from the problem and the instruction set alone, so that results do not
// depend on the number of threads.
#pragma once

#include "engines/direct/winograd_geometry.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {

/// What tiles of a product can have: elements of a vector, their bytes, and vectors.
struct WinogradVectors {
    std::int64_t lanes, element_bytes, most;
};

class WinogradBlocks {
public:
    /// By a filtering of so many outputs on each axis.
    WinogradBlocks(const ConvolutionProblem& problem, WeightUse use, const WinogradGeometry& geometry,
                   std::int64_t outputs, const WinogradVectors& vectors);

    /// How threads divide the work: by chunks of tiles, each of which a thread computes alone; by slices of the target,
    /// each of which has a thread that has transformed all tiles for itself; by points of one chunk after the other; or by
    /// slices of which a thread transforms the filters at once with the products.
    enum class Division { chunks, slices, points, at_once };

    /// Chunks of strips of tiles that are in memory at a time, of all sets of the target or of one after the other.
    struct Chunks {
        WinogradTiles tiles;
        Division division;
        std::int64_t parts, points;         ///< Into which sets are parted, and the points of a part.
        std::int64_t strips, depth, count;  ///< Strips of a chunk, their tiles, and how many chunks there are.
        std::int64_t scratch;               ///< Elements for a thread to bring tiles in and out.
        PointStrides in, out;
        std::int64_t in_elements, out_elements;
    };
    Chunks chunks(int threads) const;

    /// Some of the source channels.
    struct Piece {
        std::int64_t first, channels;
    };
    /// Some of the target channels of a group, whose products are in memory, in whole vectors.
    struct Slice {
        std::int64_t first, channels;
    };
    std::int64_t slices() const { return ceil_divide(whole_targets, most_slice); }
    Slice slice(std::int64_t index) const;
    /// Of the panel that begins at channel `panel` of a slice.
    std::int64_t width(const Slice& slice, std::int64_t panel_first) const;

    /// Filters that are prepared, and those among them that come before a slice.
    std::int64_t prepared_elements() const { return at_once ? 0 : filters_before(groups, 0); }
    std::int64_t filters_before(std::int64_t group, std::int64_t slice) const;
    std::int64_t slice_filters() const { return points * filter_stride; }  ///< Of a slice, or of a piece of it.

    /// Of a thread: what bring_in() and bring_out() need, then filters, then points. And points of all threads.
    std::int64_t own_elements(const Chunks& c) const;
    std::int64_t shared_elements(const Chunks& c) const;

    std::int64_t groups, channels, targets;      ///< Channels per group.
    std::int64_t whole_channels, whole_targets;  ///< In whole vectors.
    std::int64_t lines, points;                  ///< Sets that are summed, and points of all others.
    std::int64_t panel, most_slice = 0;          ///< Target channels of a tile, and of a slice.
    std::int64_t piece;                          ///< Source channels whose filters are in memory.
    std::int64_t filter_stride;                  ///< Between points of filters.
    bool at_once;                                ///< Filters are transformed where they are used.

private:
    Chunks chunks_of(std::int64_t wanted_tiles, Division division, std::int64_t parts = 1) const;
    std::int64_t elements(std::int64_t bytes) const { return bytes / vectors_.element_bytes; }

    WinogradGeometry geometry_;
    WinogradVectors vectors_;
    std::int64_t batch_, outputs_, edge_;
};

}  // namespace convnet::direct
