// What sweeps are compared by, to choose among the ways to compute a pass.
#pragma once

#include "engines/direct/band_blocks.hpp"
#include "engines/direct/channel_blocks.hpp"
#include "engines/direct/phase_blocks.hpp"
#include "engines/direct/product_blocks.hpp"
#include "engines/direct/sweep.hpp"
#include "engines/direct/sweep_blocks.hpp"

namespace convnet::direct {

/// Roughly the cycles of a sweep that gathers columns, for one group.
double cost_of_gathering(const Sweep& sweep, int lanes);

/// Roughly the cycles of a sweep over padded bands, for one group; infinite where it has no rows to pad or they are too long.
double cost_of_bands(const Sweep& sweep, int lanes, int tile_rows);

/// Roughly the cycles of a sweep with its phases in panels; infinite where too few of them are adjacent in the target.
double cost_of_phases(const Sweep& sweep, int lanes, int tile_rows, int vectors, int least_piece);
/// Roughly the cycles of a sweep with output channels as vectors; infinite where it cannot be computed so.
double cost_of_channels(const Sweep& sweep, int lanes, int vectors);

/// Roughly the cycles of a way with positions as the rows of a product, for one group; infinite where it cannot be computed so.
double cost_of_products(const std::vector<Sweep>& sweeps, int lanes, int vectors);

}  // namespace convnet::direct
