// Weights in the order in which tasks read them: for each group, block of source channels and tile of rows,
// [depth of the block][rows]. A task walks over the tiles of a block one after the other, which is one stream.
#pragma once

#include <vector>

#include "devices/cpu/thread_pool.hpp"
#include "engines/direct/packing.hpp"
#include "engines/direct/sweep.hpp"
#include "engines/engine.hpp"

namespace convnet::direct {

/// The tap of w that each tap of the window over dy is in each phase, or -1 for none: [phase][tap of the window].
std::vector<std::int64_t> taps_of_phases(const ConvolutionProblem& problem, const Sweep& sweep);

/// Where the packed weights of `rows` rows from `row` on begin, for the block of channels that begins with `channel`.
std::int64_t packed_offset(const Sweep& sweep, const Packing& packing, std::int64_t group, std::int64_t channel,
                           std::int64_t row);

/// Packs the weights `w` of `problem` for a sweep: row o, depth (c, tap) for forward; row (c, phase), depth (o, tap of the
/// window over dy) for backward data.
template <class T>
void pack_filters(ThreadPool& pool, const ConvolutionProblem& problem, WeightUse use, const Sweep& sweep,
                  const Packing& packing, const T* w, T* packed);

}  // namespace convnet::direct
