// The one shape of computation that forward and backward data have in common: windows slide over a source, and each
// position yields a column that is multiplied with packed weights and stored.
//
// Forward is a sweep over x that stores y as it goes. Backward data, the forward pass of a deconvolution, is a sweep
// over dy with stride 1. Along one axis write x + pad = q*stride + phase. The taps that reach x are r = phase + stride*t
// and read dy at q - t, so every q has the same window for all phases: stride 1, ceil(kernel/stride) taps. Phases become
// rows of the product, and the result for (q, phase) goes to x = q*stride + phase - pad. Nothing is summed in memory.
#pragma once

#include <array>
#include <vector>

#include "geometry/convolution_problem.hpp"

namespace convnet::direct {

/// Where the results of one phase go: on each axis to offset + position * Sweep::target_step.
struct Phase {
    std::array<std::int64_t, max_spatial_axes> offset{};
    std::array<std::int64_t, max_spatial_axes> first_tap{};  ///< Tap t of the window is tap first + stride * t of w.
};

struct Sweep {
    std::vector<Axis> axes;  ///< Of the window over the source; Axis::out counts positions.
    std::int64_t groups = 1;
    std::int64_t images = 1;
    std::int64_t channels = 1;         ///< Of the source, per group.
    std::int64_t target_channels = 1;  ///< Per group.
    std::vector<Phase> phases{1};
    std::array<std::int64_t, max_spatial_axes> target_step{};
    std::array<std::int64_t, max_spatial_axes> target_extent{};
    bool contiguous = true;   ///< Results of adjacent positions are adjacent, whole images in a row.
    bool fills_lines = true;  ///< The phases of the last axis are all there, so that results fill lines of the target.
    /// The last axis has two phases, of which the second reads one element further, so that a position's results are
    /// elements 2q and 2q + 1 of a line: the first tap of its window is of the first phase alone, the last one of the second.
    bool staggered = false;

    std::int64_t positions() const;
    std::int64_t source_positions() const;
    std::int64_t target_positions() const;
    std::int64_t taps() const;
    std::int64_t depth() const { return channels * taps(); }  ///< The k of the product.
    std::int64_t rows() const { return target_channels * static_cast<std::int64_t>(phases.size()); }
};

Sweep forward_sweep(const ConvolutionProblem& problem);

/// The ways to compute backward data: one sweep over all phases, or one for each, or some between.
std::vector<std::vector<Sweep>> backward_data_sweeps(const ConvolutionProblem& problem);

}  // namespace convnet::direct
