#include "engines/direct/channel_pass.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "engines/direct/biases.hpp"
#include "engines/direct/filter_vectors.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// The only way of an unstrided problem; of a strided one, whose phases would be apart in the target, one that
/// can_take() refuses.
Sweep sweep_of(const ConvolutionProblem& problem, WeightUse use) {
    return use == WeightUse::forward ? forward_sweep(problem) : backward_data_sweeps(problem).back().front();
}

}  // namespace

template <class T>
ChannelPass<T>::ChannelPass(const ConvolutionProblem& problem, WeightUse use)
    : problem_(problem),
      use_(use),
      kernels_(cpu::kernels<T>()),
      sweep_(sweep_of(problem, use)),
      blocks_(sweep_, kernels_.lanes, kernels_.vectors),
      scratch_(blocks_.scratch_elements()) {}

template <class T>
std::int64_t ChannelPass<T>::panel_vectors(std::int64_t panel) const {
    return ceil_divide(std::min(blocks_.panel, sweep_.target_channels - panel * blocks_.panel), kernels_.lanes);
}

/// Where the weights of a panel begin: [line of the window][element][channels of the panel in whole vectors].
template <class T>
std::int64_t ChannelPass<T>::panel_offset(std::int64_t group, std::int64_t panel) const {
    const std::int64_t vectors = ceil_divide(sweep_.target_channels, kernels_.lanes);
    return (group * vectors * kernels_.lanes + panel * blocks_.panel) * sweep_.depth();
}

template <class T>
std::int64_t ChannelPass<T>::prepared_elements() const noexcept {
    return panel_offset(sweep_.groups, 0);
}

template <class T>
void ChannelPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    const std::int64_t lanes = kernels_.lanes, pieces = ceil_divide(sweep_.channels, lanes);
    const FilterVectors<T> filters(problem_, use_, w);
    pool.run(sweep_.groups * blocks_.panels * pieces, [&](std::int64_t task) {
        const std::int64_t channel = task % pieces * lanes, panel = task / pieces % blocks_.panels;
        const std::int64_t group = task / pieces / blocks_.panels;
        const std::int64_t count = std::min<std::int64_t>(lanes, sweep_.channels - channel);
        for (std::int64_t vector = 0; vector < panel_vectors(panel); ++vector) {
            pack(filters.read(group, panel * blocks_.panel + vector * lanes, channel, count), channel, count,
                 panel_vectors(panel) * lanes, prepared + panel_offset(group, panel) + vector * lanes);
        }
    });
}

template <class T>
void ChannelPass<T>::pack(const T* filters, std::int64_t first_channel, std::int64_t channels, std::int64_t width,
                          T* packed) const {
    const std::int64_t taps = sweep_.taps(), line = blocks_.line_length, lanes = kernels_.lanes;
    for (std::int64_t channel = first_channel; channel < first_channel + channels; ++channel) {
        for (std::int64_t tap = 0; tap < taps; ++tap, filters += lanes) {
            // Backward, windows meet the taps in the opposite order.
            const std::int64_t met = use_ == WeightUse::forward ? tap : taps - 1 - tap;
            T* const to = packed + ((met / line * sweep_.channels + channel) * line + met % line) * width;
            constexpr std::size_t piece = 16;  // bytes, which every vector has
            for (std::int64_t i = 0; i < lanes; i += static_cast<std::int64_t>(piece / sizeof(T))) {
                std::memcpy(to + i, filters + i, piece);
            }
        }
    }
}

template <class T>
typename ChannelPass<T>::Part ChannelPass<T>::part_of(std::int64_t task) const {
    const ChannelBlocks& b = blocks_;
    const std::int64_t band = task / b.panel_blocks, first_panel = task % b.panel_blocks * b.task_panels;
    const std::int64_t first_row = band % b.bands * b.rows, group = band / b.bands % sweep_.groups;
    return {band,
            band / b.bands / sweep_.groups,
            group,
            first_row,
            std::min(b.rows, blocks_.row_axis.out - first_row),
            first_panel,
            std::min(b.panels, first_panel + b.task_panels)};
}

template <class T>
void ChannelPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                         const TargetEpilogue<T>& epilogue) const {
    // Which band each thread has copied last.
    std::vector<std::int64_t> copied(static_cast<std::size_t>(context.threads), -1);
    const auto task = [&](std::int64_t index) {
        const auto thread = ThreadPool::current_thread();
        T* const copy = context.own(scratch_);
        const Part part = part_of(index);
        if (std::exchange(copied[static_cast<std::size_t>(thread)], part.band) != part.band) {
            copy_source(part, source, copy);
        }
        const std::int64_t positions = sweep_.positions(), columns = blocks_.columns.out;
        const std::int64_t channel = (part.image * sweep_.groups + part.group) * sweep_.target_channels;
        const Results results{copy + blocks_.source_elements, blocks_.task_panels * blocks_.panel,
                              target + channel * positions + part.first_row * columns};
        multiply(part, copy, prepared, epilogue, results);

        const std::int64_t first = part.first_panel * blocks_.panel;
        const std::int64_t channels = std::min(sweep_.target_channels, part.end_panel * blocks_.panel) - first;
        kernels_.transpose(results.sums, results.stride, part.rows * columns, channels,
                           results.target + first * positions, positions);
    };
    context.pool.run(blocks_.tasks, task, context.threads);
}

template <class T>
void ChannelPass<T>::copy_source(const Part& part, const T* source, T* copy) const {
    const Axis rows = blocks_.row_axis;
    const Axis& columns = blocks_.columns;
    const std::int64_t channels = sweep_.channels;
    const T* const planes = source + (part.image * sweep_.groups + part.group) * channels * sweep_.source_positions();
    const std::int64_t lines = blocks_.copied_lines(part.rows);
    for (std::int64_t line = 0; line < lines; ++line, copy += channels * blocks_.pitch) {
        const std::int64_t row = part.first_row * rows.stride - rows.pad + line;
        if (row < 0 || row >= rows.in) {
            std::fill_n(copy, channels * blocks_.pitch, T{0});
            continue;
        }
        // This line of each channel, as if all channels were one plane.
        kernels_.pad({planes, channels * rows.in, columns.in, row, rows.in, channels, columns.pad, 1, blocks_.pitch, 0,
                      blocks_.pitch, nullptr, copy});
    }
}

template <class T>
void ChannelPass<T>::multiply(const Part& part, const T* copy, const T* prepared, const TargetEpilogue<T>& epilogue,
                              const Results& results) const {
    // Where the windows of the positions begin in the copy.
    auto& windows = cpu::per_thread<std::vector<const T*>>();
    windows.clear();
    for (std::int64_t row = 0; row < part.rows; ++row) {
        const T* const first = copy + row * blocks_.row_axis.stride * sweep_.channels * blocks_.pitch;
        for (std::int64_t column = 0; column < blocks_.columns.out; ++column) {
            windows.push_back(first + column * blocks_.columns.stride);
        }
    }
    for (std::int64_t line = 0; line < blocks_.lines; line += blocks_.lines_at_once) {
        for (std::int64_t panel = part.first_panel; panel < part.end_panel; ++panel) {
            multiply_panel(part, panel, line, windows, prepared, epilogue, results);
        }
    }
}

/// Adds what a block of lines gives to the sums of a panel.
template <class T>
void ChannelPass<T>::multiply_panel(const Part& part, std::int64_t panel, std::int64_t line,
                                    std::span<const T* const> windows, const T* prepared,
                                    const TargetEpilogue<T>& epilogue, const Results& results) const {
    const auto positions = static_cast<std::int64_t>(windows.size());
    const std::int64_t first = panel * blocks_.panel, width = panel_vectors(panel) * kernels_.lanes;
    const std::int64_t channels = std::min(width, sweep_.target_channels - first);
    const std::int64_t tile_rows = even_part(positions, kernels_.rows), tiles = ceil_divide(positions, tile_rows);
    T* const sums = results.sums + (panel - part.first_panel) * blocks_.panel;
    cpu::LinesTile<T> tile{};
    tile.vectors = static_cast<int>(width / kernels_.lanes);
    tile.lines = std::min(blocks_.lines_at_once, blocks_.lines - line);
    tile.length = blocks_.line_length;
    tile.line_stride = blocks_.pitch;
    tile.b = prepared + panel_offset(part.group, panel) + line * tile.length * width;
    tile.ahead = tile.b + tile.lines * tile.length * width;
    tile.ahead_step = ceil_divide(width, tiles);
    tile.c.stride = results.stride;
    tile.c.accumulate = line > 0;
    const bool last = line + tile.lines == blocks_.lines;
    tile.c.slope = last ? epilogue.slope : T{1};
    const Biases<T, most_columns> biases(sweep_, epilogue.bias, part.group, first, channels);
    tile.c.column_bias = biases.data();
    // Pieces of the target, which the tiles of the last block fetch in equal shares.
    const std::int64_t row_pieces = positions / kernels_.lanes + 1, row_stride = sweep_.positions();
    const std::int64_t pieces = last ? ceil_divide(channels * row_pieces, tiles) : 0;
    const T* row = results.target + first * row_stride;
    for (std::int64_t number = 0, piece = 0, rows = 0; number < tiles; ++number) {
        for (std::int64_t i = 0; i < pieces && rows < channels; ++i) {
            __builtin_prefetch(row + piece * kernels_.lanes, 1);
            if (++piece == row_pieces) {
                piece = 0;
                row += row_stride;
                ++rows;
            }
        }
        const std::int64_t position = number * tile_rows;
        tile.rows = static_cast<int>(std::min(tile_rows, positions - position));
        for (int r = 0; r < tile.rows; ++r) {
            tile.a[r] = windows[static_cast<std::size_t>(position + r)] + line * blocks_.pitch;
        }
        tile.c.data = sums + position * results.stride;
        kernels_.multiply_lines(tile);
        tile.ahead += tile.lines * tile.length * tile.ahead_step;
    }
}

template class ChannelPass<float>;
template class ChannelPass<double>;

}  // namespace convnet::direct
