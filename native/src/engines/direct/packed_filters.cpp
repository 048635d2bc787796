#include "engines/direct/packed_filters.hpp"

#include <algorithm>
#include <array>

#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::size_t most_tile_rows = 8;

/// How many tiles of rows the weights of all groups have.
std::int64_t tiles(const Sweep& sweep, const Packing& packing) {
    return sweep.groups * ceil_divide(sweep.rows(), packing.tile_rows);
}

/// The rows of one tile.
struct TileRows {
    TileRows(const Sweep& sweep, const Packing& packing, std::int64_t tile) {
        const std::int64_t per_group = tiles(sweep, packing) / sweep.groups;
        group = tile / per_group;
        first = tile % per_group * packing.tile_rows;
        rows = std::min(packing.tile_rows, sweep.rows() - first);
    }

    std::int64_t group, first, rows;
};

/// Calls pack(first channel, channels, where the tile goes) for every block of channels.
template <class T, class Pack>
void for_each_block(const Sweep& sweep, const Packing& packing, const TileRows& tile, T* packed, const Pack& pack) {
    for (std::int64_t channel = 0; channel < sweep.channels; channel += packing.channels) {
        pack(channel, std::min(packing.channels, sweep.channels - channel),
             packed + packed_offset(sweep, packing, tile.group, channel, tile.first));
    }
}

template <class T>
void pack_forward(const Sweep& sweep, const Packing& packing, std::int64_t tile_index, const T* w, T* packed) {
    const TileRows tile(sweep, packing, tile_index);
    const std::int64_t depth = sweep.depth(), taps = sweep.taps();
    const T* const from = w + (tile.group * sweep.rows() + tile.first) * depth;
    for_each_block(sweep, packing, tile, packed, [&](std::int64_t channel, std::int64_t channels, T* to) {
        for (std::int64_t k = channel * taps; k < (channel + channels) * taps; ++k) {
            for (std::int64_t row = 0; row < tile.rows; ++row) {
                *to++ = from[row * depth + k];
            }
        }
    });
}

template <class T>
void pack_backward_data(const ConvolutionProblem& p, const Sweep& sweep, const Packing& packing,
                        std::int64_t tile_index, const T* w, T* packed) {
    const TileRows tile(sweep, packing, tile_index);
    const std::int64_t phases = static_cast<std::int64_t>(sweep.phases.size());
    const std::int64_t window_taps = sweep.taps(), taps = p.taps();
    const std::vector<std::int64_t> tap_of = taps_of_phases(p, sweep);
    // Of each row: where its channel begins in a filter, and the taps of its phase.
    const auto rows = static_cast<std::size_t>(tile.rows);
    std::array<std::int64_t, most_tile_rows> channel_of{}, phase_of{};
    for (std::size_t r = 0; r < rows; ++r) {
        const std::int64_t row = tile.first + static_cast<std::int64_t>(r);
        channel_of[r] = row / phases * taps;
        phase_of[r] = row % phases * window_taps;
    }
    const T* const filters = w + tile.group * sweep.channels * sweep.target_channels * taps;
    for_each_block(sweep, packing, tile, packed, [&](std::int64_t channel, std::int64_t channels, T* to) {
        for (std::int64_t o = channel; o < channel + channels; ++o) {
            const T* const filter = filters + o * sweep.target_channels * taps;
            for (std::int64_t window_tap = 0; window_tap < window_taps; ++window_tap) {
                for (std::size_t r = 0; r < rows; ++r) {
                    const std::int64_t tap = tap_of[static_cast<std::size_t>(phase_of[r] + window_tap)];
                    *to++ = tap < 0 ? T{0} : filter[channel_of[r] + tap];
                }
            }
        }
    });
}

}  // namespace

std::vector<std::int64_t> taps_of_phases(const ConvolutionProblem& p, const Sweep& sweep) {
    std::vector<std::int64_t> result;
    const std::int64_t window_taps = sweep.taps();
    for (const Phase& phase : sweep.phases) {
        for (std::int64_t window_tap = 0; window_tap < window_taps; ++window_tap) {
            std::int64_t tap = 0, below = 1, rest = window_tap;
            for (std::size_t i = p.axes.size(); i-- > 0 && tap >= 0;) {
                const Axis& axis = p.axes[i];
                const std::int64_t t = sweep.axes[i].kernel - 1 - rest % sweep.axes[i].kernel;
                const std::int64_t r = phase.first_tap[i] + axis.stride * t;
                rest /= sweep.axes[i].kernel;
                tap = r < axis.kernel ? tap + r * below : -1;
                below *= axis.kernel;
            }
            result.push_back(tap);
        }
    }
    return result;
}

std::int64_t packed_offset(const Sweep& sweep, const Packing& packing, std::int64_t group, std::int64_t channel,
                           std::int64_t row) {
    const std::int64_t channels = std::min(packing.channels, sweep.channels - channel);
    return ((group * sweep.channels + channel) * sweep.rows() + channels * row) * sweep.taps();
}

template <class T>
void pack_filters(ThreadPool& pool, const ConvolutionProblem& problem, WeightUse use, const Sweep& sweep,
                  const Packing& packing, const T* w, T* packed) {
    pool.run(tiles(sweep, packing), [&](std::int64_t tile) {
        if (use == WeightUse::forward) {
            pack_forward(sweep, packing, tile, w, packed);
        } else {
            pack_backward_data(problem, sweep, packing, tile, w, packed);
        }
    });
}

template void pack_filters(ThreadPool&, const ConvolutionProblem&, WeightUse, const Sweep&, const Packing&,
                           const float*, float*);
template void pack_filters(ThreadPool&, const ConvolutionProblem&, WeightUse, const Sweep&, const Packing&,
                           const double*, double*);

}  // namespace convnet::direct
