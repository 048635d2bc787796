#include "engines/direct/winograd_pass.hpp"

#include <algorithm>
#include <array>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

using cpu::winograd_in;
using cpu::winograd_out;
using cpu::winograd_points;

constexpr std::int64_t rows_of_block = 64;   // of a task of products
constexpr std::int64_t rows_of_slice = 128;  // whose products are in memory at a time

std::int64_t round_up(std::int64_t value, std::int64_t multiple) { return ceil_divide(value, multiple) * multiple; }

/// The convolution that a pass computes, from its source to its target: backward data is one with the padding that
/// remains of the kernel.
Axis axis_of(const Axis& a, WeightUse use) {
    return use == WeightUse::forward ? a : Axis{a.out, a.in, a.kernel, 1, a.kernel - 1 - a.pad, 1};
}

/// Elements of workspace that a tile takes: the points of all source channels and of a slice of the target channels.
std::int64_t elements_of_tile(const ConvolutionProblem& p, WeightUse use) {
    const bool forward = use == WeightUse::forward;
    return winograd_points * ((forward ? p.in_channels : p.out_channels) +
                              std::min(rows_of_slice, forward ? p.out_channels : p.in_channels));
}

/// Tile rows of a chunk: what is transformed and multiplied at a time stays in the caches, unless the weights are
/// larger still and would be read too often.
std::int64_t rows_of_chunk(const ConvolutionProblem& p, WeightUse use, int lanes,
                           std::int64_t workspace_limit_elements) {
    constexpr std::int64_t cached = std::int64_t{1} << 20, most = cached / 16 * 31;
    const std::int64_t wanted = std::max(cached, winograd_points * p.in_channels * p.out_channels);
    const std::int64_t elements = std::min({wanted, most, workspace_limit_elements / 2});
    const std::int64_t tiles = elements / elements_of_tile(p, use) - 2 * lanes;
    const std::int64_t all = p.batch * ceil_divide(axis_of(p.axes[0], use).out, winograd_out);
    const std::int64_t rows = tiles / ceil_divide(axis_of(p.axes[1], use).out, winograd_out);
    return even_part(all, rows);
}

/// Roughly the cycles of the method, and of plain sums.
struct Costs {
    double winograd, direct;
};

Costs costs_of(const ConvolutionProblem& p, WeightUse use, int lanes, std::int64_t chunk_rows) {
    constexpr double products_per_cycle = 32, per_transformed_vector = 160, per_far_weight = 0.4;
    const Axis vertical = axis_of(p.axes[0], use), horizontal = axis_of(p.axes[1], use);
    const auto pairs = static_cast<double>(p.in_channels) * static_cast<double>(p.out_channels);
    const std::int64_t across = ceil_divide(horizontal.out, winograd_out);
    const std::int64_t rows = p.batch * ceil_divide(vertical.out, winograd_out);
    const auto chunks = static_cast<double>(ceil_divide(rows, chunk_rows));
    const auto tiles = static_cast<double>(round_up(chunk_rows * across, lanes));
    const auto vectors = static_cast<double>(rows * ceil_divide(across, lanes));
    const double products = winograd_points * pairs * tiles * chunks / products_per_cycle;
    const double transforms = vectors * static_cast<double>(p.in_channels + p.out_channels) * per_transformed_vector;
    const double weights = winograd_points * pairs * per_far_weight * chunks;
    const auto positions = static_cast<double>(p.batch * round_up(vertical.out * horizontal.out, lanes));
    return {products + transforms + weights, 9 * pairs * (positions / products_per_cycle / 0.85 + per_far_weight)};
}

constexpr std::size_t most_tile_rows = 8;

/// One number of each row of a tile: the filters of a channel are transformed side by side.
template <class T>
using RowValues = std::array<T, most_tile_rows>;

/// G times the columns (a, b, c) of the rows.
template <class T>
void transform_filters(const RowValues<T>& a, const RowValues<T>& b, const RowValues<T>& c,
                       std::array<RowValues<T>, winograd_in>& out) {
    for (std::size_t row = 0; row < most_tile_rows; ++row) {
        const T outer = a[row] + c[row], far = a[row] + 4 * c[row];
        out[0][row] = a[row] / 4;
        out[1][row] = -(outer + b[row]) / 6;
        out[2][row] = -(outer - b[row]) / 6;
        out[3][row] = (far + 2 * b[row]) / 24;
        out[4][row] = (far - 2 * b[row]) / 24;
        out[5][row] = c[row];
    }
}

}  // namespace

bool can_take_winograd(const ConvolutionProblem& p, WeightUse use, int lanes, std::int64_t workspace_limit_bytes) {
    if (p.accuracy != Accuracy::standard || p.groups != 1 || p.axes.size() != 2) {
        return false;
    }
    for (const Axis& a : p.axes) {
        if (a.kernel != 3 || a.stride != 1 || a.dilation != 1 || a.pad > 2) {
            return false;
        }
    }
    constexpr std::int64_t least_channels = 32;
    if (std::min(p.in_channels, p.out_channels) < least_channels) {
        return false;
    }
    const std::int64_t limit = workspace_limit_bytes / static_cast<std::int64_t>(size_of(p.type));
    const std::int64_t chunk_rows = rows_of_chunk(p, use, lanes, limit);
    const std::int64_t tiles = chunk_rows * ceil_divide(axis_of(p.axes[1], use).out, winograd_out) + 2 * lanes;
    return elements_of_tile(p, use) * tiles <= limit / 4 * 3;
}

bool is_for_winograd(const ConvolutionProblem& p, WeightUse use, int lanes, std::int64_t workspace_limit_bytes) {
    if (!can_take_winograd(p, use, lanes, workspace_limit_bytes)) {
        return false;
    }
    const std::int64_t limit = workspace_limit_bytes / static_cast<std::int64_t>(size_of(p.type));
    const Costs costs = costs_of(p, use, lanes, rows_of_chunk(p, use, lanes, limit));
    return costs.winograd < costs.direct;
}

template <class T>
WinogradPass<T>::WinogradPass(const ConvolutionProblem& p, WeightUse use, std::int64_t workspace_limit_bytes)
    : use_(use),
      kernels_(cpu::kernels<T>()),
      transforms_(cpu::winograd_kernels<T>()),
      images_(p.batch),
      channels_(use == WeightUse::forward ? p.in_channels : p.out_channels),
      target_channels_(use == WeightUse::forward ? p.out_channels : p.in_channels),
      slice_(std::min(rows_of_slice, target_channels_)),
      vertical_(axis_of(p.axes[0], use)),
      horizontal_(axis_of(p.axes[1], use)),
      tile_rows_(ceil_divide(vertical_.out, winograd_out)),
      tiles_across_(ceil_divide(horizontal_.out, winograd_out)),
      chunk_rows_(rows_of_chunk(p, use, kernels_.lanes, workspace_limit_bytes / static_cast<std::int64_t>(sizeof(T)))),
      tile_stride_(round_up(chunk_rows_ * tiles_across_, kernels_.lanes) + kernels_.lanes),
      row_length_(winograd_out * round_up(tiles_across_, kernels_.lanes) + 16),
      scratch_(whole_lines(winograd_in * row_length_)) {}

template <class T>
std::int64_t WinogradPass<T>::workspace_elements(int threads) const noexcept {
    return threads * scratch_ + winograd_points * (channels_ + slice_) * tile_stride_;
}

template <class T>
std::int64_t WinogradPass<T>::prepared_elements() const noexcept {
    return winograd_points * channels_ * target_channels_;
}

// Point by point, each packed as tiles read it: for each tile of rows, [channels][rows].
template <class T>
void WinogradPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    // Backward data reads the filter of (its channel, its target), turned by half a turn.
    const bool forward = use_ == WeightUse::forward;
    const std::int64_t row_stride = forward ? channels_ * 9 : 9, channel_stride = forward ? 9 : target_channels_ * 9;
    const std::int64_t first_tap = forward ? 0 : 8, tap_step = forward ? 1 : -1;
    const std::int64_t matrix = channels_ * target_channels_;
    pool.run(ceil_divide(target_channels_, kernels_.rows), [&](std::int64_t tile) {
        const std::int64_t first = tile * kernels_.rows;
        const std::int64_t rows = std::min<std::int64_t>(kernels_.rows, target_channels_ - first);
        std::array<RowValues<T>, 9> filters{};
        std::array<std::array<RowValues<T>, winograd_in>, 3> along;
        std::array<RowValues<T>, winograd_in> down;
        for (std::int64_t channel = 0; channel < channels_; ++channel) {
            const T* const from = w + first * row_stride + channel * channel_stride + first_tap;
            for (std::int64_t row = 0; row < rows; ++row) {
                for (std::int64_t tap = 0; tap < 9; ++tap) {
                    filters[static_cast<std::size_t>(tap)][static_cast<std::size_t>(row)] =
                        from[row * row_stride + tap * tap_step];
                }
            }
            for (std::size_t line = 0; line < 3; ++line) {
                transform_filters(filters[3 * line], filters[3 * line + 1], filters[3 * line + 2], along[line]);
            }
            T* const to = prepared + first * channels_ + channel * rows;
            for (std::size_t column = 0; column < winograd_in; ++column) {
                transform_filters(along[0][column], along[1][column], along[2][column], down);
                for (std::size_t line = 0; line < winograd_in; ++line) {
                    std::copy_n(down[line].begin(), rows,
                                to + static_cast<std::int64_t>(line * winograd_in + column) * matrix);
                }
            }
        }
    });
}

template <class T>
typename WinogradPass<T>::TileRow WinogradPass<T>::tile_row(std::int64_t chunk, std::int64_t index) const {
    const std::int64_t row = chunk * chunk_rows_ + index;
    return {row / tile_rows_, row % tile_rows_, index * tiles_across_};
}

// Brings the rows that the tiles cover in, with zeros where there is padding, and transforms them.
template <class T>
void WinogradPass<T>::transform_input(const TileRow& tiles, const T* channel, T* out, T* rows) const {
    const std::int64_t pad = horizontal_.pad, width = horizontal_.in;
    const std::int64_t length = std::min(width, row_length_ - pad);
    for (std::int64_t r = 0; r < winograd_in; ++r) {
        T* const row = rows + r * row_length_;
        const std::int64_t y = tiles.row * winograd_out + r - vertical_.pad;
        if (y < 0 || y >= vertical_.in) {
            std::fill_n(row, row_length_, T{0});
            continue;
        }
        std::fill_n(row, pad, T{0});
        std::copy_n(channel + y * width, length, row + pad);
        std::fill(row + pad + length, row + row_length_, T{0});
    }
    transforms_.input(rows, row_length_, tiles_across_, out + tiles.first, channels_ * tile_stride_);
}

template <class T>
void WinogradPass<T>::multiply(std::int64_t point, std::int64_t first, std::int64_t end, std::int64_t tiles,
                               const T* prepared, const T* in, T* out) const {
    const std::int64_t panel = kernels_.vectors * kernels_.lanes;
    const T* const filters = prepared + point * channels_ * target_channels_;
    for (std::int64_t column = 0; column < tiles; column += panel) {
        const std::int64_t vectors = ceil_divide(std::min(panel, tiles - column), kernels_.lanes);
        for (std::int64_t row = first; row < end; row += kernels_.rows) {
            cpu::Tile<T> tile{};
            tile.rows = static_cast<int>(std::min<std::int64_t>(kernels_.rows, end - row));
            tile.vectors = static_cast<int>(vectors);
            tile.k = channels_;
            tile.a = filters + row * channels_;
            tile.a_stride = tile.rows;
            tile.b = in + point * channels_ * tile_stride_ + column;
            tile.b_stride = tile_stride_;
            tile.c.data = out + (point * slice_ + row % rows_of_slice) * tile_stride_ + column;
            tile.c.stride = tile_stride_;
            kernels_.multiply(tile);
        }
    }
}

template <class T>
void WinogradPass<T>::transform_output(const TileRow& tiles, const T* in, T bias, T slope, T* channel, T* rows) const {
    transforms_.output(in + tiles.first, slice_ * tile_stride_, tiles_across_, bias, slope, rows, row_length_);
    const std::int64_t first = tiles.row * winograd_out;
    const std::int64_t count = std::min<std::int64_t>(winograd_out, vertical_.out - first);
    for (std::int64_t r = 0; r < count; ++r) {
        std::copy_n(rows + r * row_length_, horizontal_.out, channel + (first + r) * horizontal_.out);
    }
}

template <class T>
void WinogradPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                          const TargetEpilogue<T>& epilogue) const {
    T* const in = context.workspace + context.threads * scratch_;
    T* const out = in + winograd_points * channels_ * tile_stride_;
    const auto scratch = [&] { return context.workspace + ThreadPool::current_thread() * scratch_; };
    const std::int64_t source_positions = vertical_.in * horizontal_.in;
    const std::int64_t target_positions = vertical_.out * horizontal_.out;
    const std::int64_t all_rows = images_ * tile_rows_, chunks = ceil_divide(all_rows, chunk_rows_);
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
        const std::int64_t rows = std::min(chunk_rows_, all_rows - chunk * chunk_rows_);
        // A channel's rows in turn: each overwrites a little behind its end, where the next one begins.
        const auto bring_in = [&](std::int64_t channel) {
            for (std::int64_t index = 0; index < rows; ++index) {
                const TileRow tiles = tile_row(chunk, index);
                transform_input(tiles, source + (tiles.image * channels_ + channel) * source_positions,
                                in + channel * tile_stride_, scratch());
            }
        };
        context.pool.run(channels_, bring_in, context.threads);
        for (std::int64_t first = 0; first < target_channels_; first += rows_of_slice) {
            const std::int64_t end = std::min(target_channels_, first + rows_of_slice);
            const std::int64_t blocks = ceil_divide(end - first, rows_of_block);
            const auto products = [&](std::int64_t task) {
                const std::int64_t row = first + task % blocks * rows_of_block;
                multiply(task / blocks, row, std::min(end, row + rows_of_block), rows * tiles_across_, prepared, in,
                         out);
            };
            const auto bring_out = [&](std::int64_t task) {
                const std::int64_t channel = first + task;
                const T bias = epilogue.bias == nullptr ? T{0} : epilogue.bias[channel];
                for (std::int64_t index = 0; index < rows; ++index) {
                    const TileRow tiles = tile_row(chunk, index);
                    transform_output(tiles, out + task * tile_stride_, bias, epilogue.slope,
                                     target + (tiles.image * target_channels_ + channel) * target_positions, scratch());
                }
            };
            context.pool.run(winograd_points * blocks, products, context.threads);
            context.pool.run(end - first, bring_out, context.threads);
        }
    }
}

template class WinogradPass<float>;
template class WinogradPass<double>;

}  // namespace convnet::direct
