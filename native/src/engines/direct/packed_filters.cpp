#include "engines/direct/packed_filters.hpp"

#include <algorithm>
#include <array>

namespace convnet::direct {
namespace {

/// The tap of w that each phase's tap of the window is, or -1 for none: [phase][tap of the window].
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

constexpr std::size_t most_tile_rows = 8;

/// The rows of one tile, and where its packed weights begin.
struct PackedTile {
    PackedTile(const Sweep& sweep, int tile_rows, std::int64_t tile) {
        const std::int64_t per_group = tiles(sweep, tile_rows) / sweep.groups;
        group = tile / per_group;
        first = tile % per_group * tile_rows;
        rows = static_cast<int>(std::min<std::int64_t>(tile_rows, sweep.rows() - first));
        offset = (group * sweep.rows() + first) * sweep.depth();
    }

    std::int64_t group, first, offset;
    int rows;
};

}  // namespace

std::int64_t tiles(const Sweep& sweep, int tile_rows) {
    return sweep.groups * ((sweep.rows() + tile_rows - 1) / tile_rows);
}

template <class T>
void pack_forward(const Sweep& sweep, int tile_rows, std::int64_t tile_index, const T* w, T* packed) {
    const PackedTile tile(sweep, tile_rows, tile_index);
    const std::int64_t depth = sweep.depth();
    const T* const from = w + (tile.group * sweep.rows() + tile.first) * depth;
    T* to = packed + tile.offset;
    for (std::int64_t k = 0; k < depth; ++k, to += tile.rows) {
        for (int row = 0; row < tile.rows; ++row) {
            to[row] = from[row * depth + k];
        }
    }
}

template <class T>
void pack_backward_data(const ConvolutionProblem& p, const Sweep& sweep, int tile_rows, std::int64_t tile_index,
                        const T* w, T* packed) {
    const PackedTile tile(sweep, tile_rows, tile_index);
    const std::int64_t phases = static_cast<std::int64_t>(sweep.phases.size());
    const std::int64_t window_taps = sweep.taps(), taps = p.taps();
    const std::vector<std::int64_t> tap_of = taps_of_phases(p, sweep);
    // Of each row: where its channel begins in a filter, and the taps of its phase.
    std::array<std::int64_t, most_tile_rows> channel{}, phase{};
    for (int r = 0; r < tile.rows; ++r) {
        channel[static_cast<std::size_t>(r)] = (tile.first + r) / phases * taps;
        phase[static_cast<std::size_t>(r)] = (tile.first + r) % phases * window_taps;
    }
    const T* filter = w + tile.group * sweep.channels * sweep.target_channels * taps;
    T* to = packed + tile.offset;
    for (std::int64_t o = 0; o < sweep.channels; ++o, filter += sweep.target_channels * taps) {
        for (std::int64_t window_tap = 0; window_tap < window_taps; ++window_tap, to += tile.rows) {
            for (int r = 0; r < tile.rows; ++r) {
                const auto row = static_cast<std::size_t>(r);
                const std::int64_t tap = tap_of[static_cast<std::size_t>(phase[row] + window_tap)];
                to[r] = tap < 0 ? T{0} : filter[channel[row] + tap];
            }
        }
    }
}

template void pack_forward(const Sweep&, int, std::int64_t, const float*, float*);
template void pack_forward(const Sweep&, int, std::int64_t, const double*, double*);
template void pack_backward_data(const ConvolutionProblem&, const Sweep&, int, std::int64_t, const float*, float*);
template void pack_backward_data(const ConvolutionProblem&, const Sweep&, int, std::int64_t, const double*, double*);

}  // namespace convnet::direct
