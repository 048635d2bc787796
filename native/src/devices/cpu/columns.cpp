#include "devices/cpu/columns.hpp"

#include <algorithm>
#include <array>

#include "geometry/arithmetic.hpp"

// Both directions walk the same way: for one channel and one kernel tap, over runs of output positions that are
// adjacent on the last axis. A run reads (im2col) or adds to (col2im) input positions that are `stride` apart, and its
// ends may lie in the padding. What differs is only what is done with a run, so the walk takes that as a function:
//   run(column offset within the tile, input row offset or -1 for a run in the padding, outputs on the last axis)

namespace convnet::cpu {
namespace {

const Axis unit_axis;

/// Output positions [first, first + count) cut into runs along the last axis, for two spatial axes.
template <class Run>
void for_each_run_2d(const ConvolutionProblem& p, const ColumnTile& tile, std::int64_t tap, Run&& run) {
    const Axis& vertical = p.axes[0];
    const Axis& horizontal = p.axes[1];
    const std::int64_t tap_y = tap / horizontal.kernel;
    const std::int64_t end = tile.first + tile.count;
    std::int64_t y = tile.first / horizontal.out;
    std::int64_t row_begin = y * horizontal.out;
    for (; row_begin < end; ++y, row_begin += horizontal.out) {
        const Range outputs{std::max(tile.first, row_begin) - row_begin,
                            std::min(end, row_begin + horizontal.out) - row_begin};
        const std::int64_t in_y = input_index(vertical, y, tap_y);
        const bool inside = in_y >= 0 && in_y < vertical.in;
        run(row_begin + outputs.begin - tile.first, inside ? in_y * horizontal.in : -1, outputs);
    }
}

/// The same for any number of spatial axes, none included.
template <class Run>
void for_each_run_nd(const ConvolutionProblem& p, const ColumnTile& tile, std::int64_t tap, Run&& run) {
    const std::size_t outer_axes = p.axes.empty() ? 0 : p.axes.size() - 1;
    const std::int64_t row_outputs = p.axes.empty() ? 1 : p.axes.back().out;
    const std::int64_t row_inputs = p.axes.empty() ? 1 : p.axes.back().in;

    std::array<std::int64_t, max_spatial_axes> outer_tap{};
    std::int64_t rest = p.axes.empty() ? 0 : tap / p.axes.back().kernel;
    for (std::size_t axis = outer_axes; axis-- > 0; rest /= p.axes[axis].kernel) {
        outer_tap[axis] = rest % p.axes[axis].kernel;
    }
    const std::int64_t end = tile.first + tile.count;
    for (std::int64_t row = tile.first / row_outputs; row * row_outputs < end; ++row) {
        std::int64_t in_row = 0, in_rows = 1, position = row;
        for (std::size_t axis = outer_axes; axis-- > 0; position /= p.axes[axis].out) {
            const std::int64_t in = input_index(p.axes[axis], position % p.axes[axis].out, outer_tap[axis]);
            if (in < 0 || in >= p.axes[axis].in) {
                in_row = -1;
                break;
            }
            in_row += in * in_rows;
            in_rows *= p.axes[axis].in;
        }
        const std::int64_t row_begin = row * row_outputs;
        const Range outputs{std::max(tile.first, row_begin) - row_begin,
                            std::min(end, row_begin + row_outputs) - row_begin};
        run(row_begin + outputs.begin - tile.first, in_row < 0 ? -1 : in_row * row_inputs, outputs);
    }
}

template <class Run>
void for_each_run(const ConvolutionProblem& p, const ColumnTile& tile, std::int64_t tap, Run&& run) {
    if (p.axes.size() == 2 && !p.force_nd) {
        for_each_run_2d(p, tile, tap, run);
    } else {
        for_each_run_nd(p, tile, tap, run);
    }
}

template <class T>
void gather(const ConvolutionProblem& p, const ColumnTile& tile, std::int64_t tap, const T* x,
            const ChannelElements<std::int64_t>& channel, T* column) {
    const Axis& last = p.axes.empty() ? unit_axis : p.axes.back();
    const std::int64_t last_tap = tap % last.kernel;
    for_each_run(p, tile, tap, [&](std::int64_t offset, std::int64_t in_row, Range outputs) {
        T* out = column + offset - outputs.begin;
        const Range inside =
            in_row < 0 ? Range{outputs.end, outputs.end} : outputs_inside(last, last_tap, outputs.begin, outputs.end);
        std::fill(out + outputs.begin, out + inside.begin, T{0});
        if (inside.begin < inside.end) {
            const T* in = x + channel.at(in_row + input_index(last, inside.begin, last_tap));
            const std::int64_t distance = last.stride * channel.step;
            if (distance == 1) {
                std::copy_n(in, inside.end - inside.begin, out + inside.begin);
            } else {
                for (std::int64_t o = inside.begin; o < inside.end; ++o, in += distance) {
                    out[o] = *in;
                }
            }
        }
        std::fill(out + inside.end, out + outputs.end, T{0});
    });
}

template <class T>
void scatter(const ConvolutionProblem& p, const ColumnTile& tile, std::int64_t tap, const T* column, T* x,
             const ChannelElements<std::int64_t>& channel) {
    const Axis& last = p.axes.empty() ? unit_axis : p.axes.back();
    const std::int64_t last_tap = tap % last.kernel;
    for_each_run(p, tile, tap, [&](std::int64_t offset, std::int64_t in_row, Range outputs) {
        if (in_row < 0) {
            return;
        }
        const T* out = column + offset - outputs.begin;
        const Range inside = outputs_inside(last, last_tap, outputs.begin, outputs.end);
        if (inside.begin == inside.end) {
            return;
        }
        T* in = x + channel.at(in_row + input_index(last, inside.begin, last_tap));
        const std::int64_t distance = last.stride * channel.step;
        for (std::int64_t o = inside.begin; o < inside.end; ++o, in += distance) {
            *in += out[o];
        }
    });
}

/// Calls function(image and channel as one index) for all of a tile, on all threads when that pays.
template <class Function>
void for_each_channel(ThreadPool& pool, const ConvolutionProblem& p, const ColumnTile& tile, const Function& function) {
    const std::int64_t channels = tile.images * p.in_channels;
    constexpr std::int64_t small = 1 << 14;  // elements that one thread moves before another wakes
    pool.run(channels, function, channels * p.taps() * tile.count <= small ? 1 : ThreadPool::all_threads);
}

}  // namespace

void im2col(ThreadPool& pool, const ConvolutionProblem& p, const ColumnTile& tile, const void* x, void* columns) {
    const std::int64_t taps = p.taps(), in_positions = p.in_positions();
    for_each_channel(pool, p, tile, [&](std::int64_t channel) {
        with_type(p.type, [&](auto zero) {
            using T = decltype(zero);
            const auto elements = channel_elements(p.channels_last(), channel, p.in_channels, in_positions);
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                gather(p, tile, tap, static_cast<const T*>(x), elements,
                       static_cast<T*>(columns) + (channel * taps + tap) * tile.count);
            }
        });
    });
}

void col2im(ThreadPool& pool, const ConvolutionProblem& p, const ColumnTile& tile, const void* columns, void* x,
            bool accumulate) {
    const std::int64_t taps = p.taps(), in_positions = p.in_positions();
    for_each_channel(pool, p, tile, [&](std::int64_t channel) {
        with_type(p.type, [&](auto zero) {
            using T = decltype(zero);
            T* const target = static_cast<T*>(x);
            const auto elements = channel_elements(p.channels_last(), channel, p.in_channels, in_positions);
            for (std::int64_t i = 0; !accumulate && i < in_positions; ++i) {
                target[elements.at(i)] = T{0};
            }
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                scatter(p, tile, tap, static_cast<const T*>(columns) + (channel * taps + tap) * tile.count, target,
                        elements);
            }
        });
    });
}

}  // namespace convnet::cpu
