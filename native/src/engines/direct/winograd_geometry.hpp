// The problems that Winograd's method computes: convolutions over every element, every dilation-th one, or, where the
// stride divides the kernel or is greater, as a sum over the phases of the stride; and their transposes.
#pragma once

#include <optional>

#include "engines/direct/winograd_tiles.hpp"
#include "engines/engine.hpp"

namespace convnet::direct {

struct WinogradGeometry {
    Axis vertical, horizontal;  ///< Of them, `out` are the positions of tiles.
    TiledPlane<TileSource> source;
    TiledPlane<TileTarget> target;
    std::int64_t taps;  ///< Of each set on each axis.

    /// The same with one of as many sets of the target as of the source.
    WinogradGeometry with_set(std::int64_t set) const;

    std::int64_t lines() const { return source.sets() / target.sets(); }  ///< Sets that are summed.
    /// Of squares on each axis, by a filtering of so many outputs, and of all sets that are not summed.
    std::int64_t edge(std::int64_t outputs) const { return outputs + taps - 1; }
    std::int64_t points(std::int64_t outputs) const { return edge(outputs) * edge(outputs) * target.sets(); }
};

/// Of the pass from source to target, or nothing for others.
std::optional<WinogradGeometry> winograd_geometry(const ConvolutionProblem& problem, WeightUse use);

/// Forward with strides as a convolution without: the problem that has each phase of its stride as a channel, and kernels
/// with zeros where the stride does not divide them.
struct SpaceToDepth {
    ConvolutionProblem dense;
    WinogradGeometry geometry;
};
std::optional<SpaceToDepth> space_to_depth(const ConvolutionProblem& problem, WeightUse use);

/// Whether there are so many products that fewer save time, forward or backward.
bool has_products_to_save(const ConvolutionProblem& problem);

}  // namespace convnet::direct
