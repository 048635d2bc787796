// Weights in the order in which tiles read them: for each group and tile of rows, [depth][rows].
#pragma once

#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// How many tiles of rows the weights of all groups have.
std::int64_t tiles(const Sweep& sweep, int tile_rows);

/// Packs one tile of a forward sweep: row o, depth (c, tap).
template <class T>
void pack_forward(const Sweep& sweep, int tile_rows, std::int64_t tile, const T* w, T* packed);

/// Packs one tile of a backward data sweep: row (c, phase), depth (o, tap of the window over dy). `w` is that of
/// `problem`.
template <class T>
void pack_backward_data(const ConvolutionProblem& problem, const Sweep& sweep, int tile_rows, std::int64_t tile,
                        const T* w, T* packed);

}  // namespace convnet::direct
