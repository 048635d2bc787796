#include "engines/direct/packed_filters.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Tiles [first, end) of the rows of a group, and a block of its source channels.
struct Part {
    std::int64_t group, channel, channels, first, end;
};

std::int64_t tiles_of(const Packing& packing, std::int64_t rows) {
    const std::int64_t wide = std::min(packing.wide_tiles, ceil_divide(rows, packing.tile_rows));
    const std::int64_t left = rows - wide * packing.tile_rows;
    return wide + (left > 0 ? ceil_divide(left, packing.narrow_rows) : 0);
}

Range rows_of_tile(const Sweep& sweep, const Packing& packing, std::int64_t tile) {
    return {packing.first_row(tile), std::min(sweep.rows(), packing.first_row(tile + 1))};
}

/// Turns lines of weights, the depth of a row each.
template <class T>
void pack_forward(const Sweep& sweep, const Packing& packing, const Part& part, const T* w, T* packed) {
    const std::int64_t depth = sweep.depth(), taps = sweep.taps(), count = part.channels * taps;
    const T* const group = w + part.group * sweep.rows() * depth + part.channel * taps;
    for (std::int64_t tile = part.first; tile < part.end; ++tile) {
        const Range rows = rows_of_tile(sweep, packing, tile);
        T* const to = packed + packed_offset(sweep, packing, part.group, part.channel, rows.begin);
        cpu::kernels<T>().transpose(group + rows.begin * depth, depth, rows.end - rows.begin, count, to,
                                    rows.end - rows.begin);
    }
}

/// Where the weights of rows come from in the filters of a channel of dy: for each tile, [tap of the window][row], or -1.
std::vector<std::int64_t> places_in_filters(const ConvolutionProblem& p, const Sweep& sweep, const Packing& packing,
                                            const Part& part) {
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    const std::vector<std::int64_t> tap_of = taps_of_phases(p, sweep);
    std::vector<std::int64_t> places;
    for (std::int64_t tile = part.first; tile < part.end; ++tile) {
        const Range rows = rows_of_tile(sweep, packing, tile);
        for (std::int64_t window_tap = 0; window_tap < sweep.taps(); ++window_tap) {
            for (std::int64_t row = rows.begin; row < rows.end; ++row) {
                const std::int64_t tap = tap_of[static_cast<std::size_t>(row % phases * sweep.taps() + window_tap)];
                places.push_back(tap < 0 ? -1 : row / phases * p.taps() + tap);
            }
        }
    }
    return places;
}

/// Reads the filters one after the other, which are far longer than what a tile takes of each.
template <class T>
void pack_backward_data(const ConvolutionProblem& p, const Sweep& sweep, const Packing& packing, const Part& part,
                        const T* w, T* packed) {
    const std::vector<std::int64_t> places = places_in_filters(p, sweep, packing, part);
    const std::int64_t filter_elements = sweep.target_channels * p.taps(), taps = sweep.taps();
    for (std::int64_t o = 0; o < part.channels; ++o) {
        const T* const filter = w + (part.group * sweep.channels + part.channel + o) * filter_elements;
        const std::int64_t* place = places.data();
        for (std::int64_t tile = part.first; tile < part.end; ++tile) {
            const Range rows = rows_of_tile(sweep, packing, tile);
            const std::int64_t count = (rows.end - rows.begin) * taps;
            T* const to = packed + packed_offset(sweep, packing, part.group, part.channel, rows.begin) + o * count;
            for (std::int64_t i = 0; i < count; ++i, ++place) {
                to[i] = *place < 0 ? T{0} : filter[*place];
            }
        }
    }
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
                tap = r >= 0 && r < axis.kernel ? tap + r * below : -1;
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
    constexpr std::int64_t wanted_rows = 256;  // of a task
    const std::int64_t all_tiles = tiles_of(packing, sweep.rows());
    const std::int64_t tiles = std::max<std::int64_t>(1, wanted_rows / packing.tile_rows);
    const std::int64_t parts = ceil_divide(all_tiles, tiles), blocks = ceil_divide(sweep.channels, packing.channels);
    pool.run(sweep.groups * blocks * parts, [&](std::int64_t task) {
        const std::int64_t first = task % parts * tiles, channel = task / parts % blocks * packing.channels;
        const Part part{task / parts / blocks, channel, std::min(packing.channels, sweep.channels - channel), first,
                        std::min(all_tiles, first + tiles)};
        if (use == WeightUse::forward) {
            pack_forward(sweep, packing, part, w, packed);
        } else {
            pack_backward_data(problem, sweep, packing, part, w, packed);
        }
    });
}

template void pack_filters(ThreadPool&, const ConvolutionProblem&, WeightUse, const Sweep&, const Packing&,
                           const float*, float*);
template void pack_filters(ThreadPool&, const ConvolutionProblem&, WeightUse, const Sweep&, const Packing&,
                           const double*, double*);

}  // namespace convnet::direct
