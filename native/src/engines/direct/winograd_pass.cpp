#include "engines/direct/winograd_pass.hpp"

#include <algorithm>
#include <array>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/filter_vectors.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::size_t most_lanes = 16;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) { return ceil_divide(value, multiple) * multiple; }

}  // namespace

template <class T>
WinogradPass<T>::WinogradPass(const ConvolutionProblem& p, WeightUse use, std::size_t filtering)
    : problem_(p),
      use_(use),
      kernels_(cpu::kernels<T>()),
      filtering_(cpu::winograd_kernels<T>().filterings[filtering]),
      geometry_(*winograd_geometry(p, use)),
      groups_(p.groups),
      channels_(use == WeightUse::forward ? p.in_channels_per_group() : p.out_channels_per_group()),
      targets_(use == WeightUse::forward ? p.out_channels_per_group() : p.in_channels_per_group()),
      whole_channels_(round_up(channels_, kernels_.lanes)),
      whole_targets_(round_up(targets_, kernels_.lanes)),
      lines_(geometry_.source.sets() / geometry_.target.sets()),
      points_(filtering_.edge * filtering_.edge * geometry_.target.sets()),
      panel_(even_part(whole_targets_ / kernels_.lanes, kernels_.vectors) * kernels_.lanes) {
    constexpr std::int64_t wanted_slice = 128;
    slice_ = std::min(whole_targets_, round_up(even_part(whole_targets_, wanted_slice), panel_));
    weight_stride_ = odd_lines(lines_ * channels_ * whole_targets_);
}

template <class T>
std::vector<std::size_t> WinogradPass<T>::filterings(const ConvolutionProblem& p, WeightUse use,
                                                     std::int64_t workspace_limit_bytes) {
    // Below that there is nothing to gain.
    constexpr std::int64_t least_channels = 16, least_products = std::int64_t{1} << 22;
    std::vector<std::size_t> result;
    const auto geometry = winograd_geometry(p, use);
    const std::int64_t products = p.batch * p.out_positions() * p.out_channels * p.column_rows_per_group();
    if (!geometry || products < least_products || std::min(p.in_channels, p.out_channels) / p.groups < least_channels) {
        return result;
    }
    // Single taps are plain sums. Other methods are faster for them, but where a stride leaves most of the target to none.
    const auto is_sparse = [](const Axis& a) { return a.kernel < a.stride; };
    const bool sparse = std::all_of(p.axes.begin(), p.axes.end(), is_sparse);
    if (geometry->taps == 1 ? !sparse : p.accuracy != Accuracy::standard) {
        return result;
    }
    for (std::size_t i = 0; i < cpu::winograd_filterings; ++i) {
        const auto& filtering = cpu::winograd_kernels<T>().filterings[i];
        if (filtering.taps == geometry->taps &&
            WinogradPass(p, use, i).workspace_elements(1) * static_cast<std::int64_t>(sizeof(T)) <=
                workspace_limit_bytes / 4 * 3) {
            result.push_back(i);
        }
    }
    return result;
}

template <class T>
double WinogradPass<T>::cycles() const {
    constexpr double products_per_cycle = 32, lanes = 16, per_point = 10, least_tiles = 3;
    const Chunks c = chunks(1);
    const auto tiles = static_cast<double>(c.tiles.strips() * c.tiles.tiles());
    const double multiplied = std::max(least_tiles * static_cast<double>(c.count), tiles);
    const auto depth = static_cast<double>(lines_ * channels_);
    const auto squares =
        static_cast<double>(geometry_.source.sets() * whole_channels_ + geometry_.target.sets() * whole_targets_);
    const double transforms = tiles * squares / lanes * per_point * filtering_.edge * filtering_.edge;
    const double narrow = panel_ == kernels_.lanes ? 1.25 : 1.05;
    const double products = multiplied * static_cast<double>(points_) * depth * static_cast<double>(whole_targets_) *
                            narrow / products_per_cycle;
    // Reading the weights once for each chunk.
    constexpr double second_level = 128 * 1024, third_level = 6 * 1024 * 1024;
    const auto weights = static_cast<double>(prepared_elements()) / static_cast<double>(groups_);
    const double per_weight = weights < second_level ? 0 : weights < third_level ? 0.3 : 0.6;
    return transforms + products + weights * per_weight * static_cast<double>(c.count);
}

template <class T>
std::int64_t WinogradPass<T>::elements_of_tile() const {
    return points_ * (lines_ * whole_channels_ + slice_);
}

template <class T>
typename WinogradPass<T>::Chunks WinogradPass<T>::chunks_of(std::int64_t wanted_tiles, bool together) const {
    const WinogradTiles tiles(problem_.batch, geometry_.vertical, geometry_.horizontal, filtering_.outputs,
                              wanted_tiles);
    Chunks c{tiles, together, 0, 0, 0, 0, {}, {}, 0, 0};
    c.strips = even_part(tiles.strips(), std::max<std::int64_t>(1, wanted_tiles / tiles.tiles()));
    c.depth = c.strips * tiles.tiles();
    c.count = ceil_divide(tiles.strips(), c.strips);
    c.scratch = std::max(tiles.source_scratch(geometry_.source, filtering_.edge, kernels_.lanes),
                         tiles.target_scratch(geometry_.target, kernels_.lanes));
    const std::int64_t squares = filtering_.edge * filtering_.edge;
    c.in.tile = lines_ * whole_channels_;
    c.in.point = odd_lines(c.depth * c.in.tile);
    c.in.set = lines_ > 1 ? whole_channels_ : squares * c.in.point;
    c.out.tile = slice_;
    c.out.point = odd_lines(c.depth * c.out.tile);
    c.out.set = squares * c.out.point;
    c.in_elements = points_ * c.in.point;
    c.out_elements = points_ * c.out.point;
    return c;
}

template <class T>
typename WinogradPass<T>::Chunks WinogradPass<T>::chunks(int threads) const {
    constexpr std::int64_t own_bytes = 1 << 20, shared_bytes = 5 << 20, least_tiles = 24, tasks_of_thread = 4;
    const std::int64_t positions = problem_.batch * geometry_.vertical.out * geometry_.horizontal.out;
    const std::int64_t all = ceil_divide(positions, filtering_.outputs * filtering_.outputs);
    const std::int64_t own = own_bytes / static_cast<std::int64_t>(sizeof(T)) / elements_of_tile();
    const std::int64_t shared = shared_bytes / static_cast<std::int64_t>(sizeof(T)) / elements_of_tile();
    const std::int64_t even = threads == 1 ? all : all * groups_ / (tasks_of_thread * threads);
    const bool together = own < least_tiles || even < least_tiles / 2;
    return chunks_of(std::max<std::int64_t>(1, together ? shared : std::min(own, even)), together);
}

template <class T>
std::int64_t WinogradPass<T>::workspace_elements(int threads) const noexcept {
    const Chunks c = chunks(threads);
    return threads * c.scratch + (c.together ? 1 : threads) * (c.in_elements + c.out_elements);
}

template <class T>
std::int64_t WinogradPass<T>::prepared_elements() const noexcept {
    return groups_ * points_ * weight_stride_;
}

// Of each group and point: for each panel of target channels, [sets][channels][panel]. A task writes pieces of them that
// are neighbours.
template <class T>
void WinogradPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    const std::int64_t piece = kernels_.lanes;  // channels
    const std::int64_t panels = ceil_divide(whole_targets_, panel_), pieces = ceil_divide(channels_, piece);
    const FilterVectors<T> filters(problem_, use_, w);
    pool.run(groups_ * panels * pieces, [&](std::int64_t task) {
        const std::int64_t channel = task % pieces * piece, panel = task / pieces % panels * panel_;
        const std::int64_t group = task / pieces / panels, end = std::min(whole_targets_, panel + panel_);
        const std::int64_t count = std::min(piece, channels_ - channel);
        T* const to = prepared + group * points_ * weight_stride_ + panel * lines_ * channels_;
        for (std::int64_t row = panel; row < end; row += kernels_.lanes) {
            transform_filters(filters.read(group, row, channel, count), channel, count, end - panel, to + row - panel);
        }
    });
}

/// A filter of every stride-th tap for each set, turned by half a turn where it is transposed.
template <class T>
void WinogradPass<T>::transform_filters(const T* filters, std::int64_t first_channel, std::int64_t channels,
                                        std::int64_t width, T* packed) const {
    const bool forward = use_ == WeightUse::forward;
    const Axis &rows = problem_.axes[0], &columns = problem_.axes[1];
    const std::int64_t lanes = kernels_.lanes, squares = filtering_.edge * filtering_.edge;
    const std::int64_t row_step = (forward ? 1 : -1) * rows.stride * columns.kernel * lanes;
    const std::int64_t column_step = (forward ? 1 : -1) * columns.stride * lanes;
    const std::int64_t across = geometry_.source.columns.sets(), first_tap = forward ? 0 : geometry_.taps - 1;
    for (std::int64_t channel = first_channel; channel < first_channel + channels; ++channel) {
        for (std::int64_t set = 0; set < geometry_.source.sets(); ++set) {
            const std::int64_t tap_row = set / across + first_tap * rows.stride;
            const std::int64_t tap_column = set % across + first_tap * columns.stride;
            const std::int64_t point = lines_ > 1 ? 0 : set * squares, line = lines_ > 1 ? set : 0;
            filtering_.filter({filters + (tap_row * columns.kernel + tap_column) * lanes, row_step, column_step, 0,
                               packed + point * weight_stride_ + (line * channels_ + channel) * width,
                               filtering_.edge * weight_stride_, weight_stride_, 0, 1, nullptr, T{1}});
        }
        filters += problem_.taps() * lanes;
    }
}

template <class T>
std::int64_t WinogradPass<T>::first_tile(const Work& work, std::int64_t strip) const {
    std::int64_t tile = 0;
    for (std::int64_t index = work.first_strip; index < strip; ++index) {
        tile += work.chunks.tiles.strip(index).tiles;
    }
    return tile;
}

template <class T>
void WinogradPass<T>::bring_in(const Work& work, std::int64_t index, std::int64_t channel, const T* source,
                               T* scratch) const {
    const Strip strip = work.chunks.tiles.strip(index);
    const std::int64_t plane = (strip.image * groups_ + work.group) * channels_ + channel;
    work.chunks.tiles.bring_in(
        kernels_, filtering_.input, geometry_.source, filtering_.edge, strip,
        source + plane * geometry_.source.elements(), std::min<std::int64_t>(kernels_.lanes, channels_ - channel),
        scratch, work.in + first_tile(work, index) * work.chunks.in.tile + channel, filtering_.edge, work.chunks.in);
}

// Sums of a part of the depth at a time: errors grow with the length of a sum.
template <class T>
void WinogradPass<T>::multiply(const Work& work, std::int64_t point, std::int64_t panel, std::int64_t slice,
                               const T* prepared) const {
    constexpr std::int64_t most_depth = 1024;
    const std::int64_t width = std::min(panel_, whole_targets_ - panel);
    const std::int64_t length = even_part(channels_, most_depth), lines = even_part(lines_, most_depth / channels_);
    const T* const weights = prepared + (work.group * points_ + point) * weight_stride_ + panel * lines_ * channels_;
    cpu::LinesTile<T> product{};
    product.vectors = static_cast<int>(width / kernels_.lanes);
    product.line_stride = whole_channels_;
    product.c.data = work.out + point * work.chunks.out.point + panel - slice;
    product.c.stride = work.chunks.out.tile;
    for (std::int64_t line = 0; line < lines_; line += lines) {
        product.lines = std::min(lines, lines_ - line);
        for (std::int64_t channel = 0; channel < channels_; channel += length) {
            product.length = std::min(length, channels_ - channel);
            product.b = weights + (line * channels_ + channel) * width;
            product.c.accumulate = line + channel > 0;
            multiply_tiles(work, work.in + point * work.chunks.in.point + line * whole_channels_ + channel, product);
        }
    }
}

template <class T>
void WinogradPass<T>::multiply_tiles(const Work& work, const T* in, cpu::LinesTile<T> product) const {
    const std::int64_t tiles = first_tile(work, work.end_strip);
    for (std::int64_t tile = 0; tile < tiles; tile += kernels_.rows) {
        product.rows = static_cast<int>(std::min<std::int64_t>(kernels_.rows, tiles - tile));
        for (std::int64_t r = 0; r < product.rows; ++r) {
            product.a[r] = in + (tile + r) * work.chunks.in.tile;
        }
        kernels_.multiply_lines(product);
        product.c.data += product.rows * product.c.stride;
    }
}

template <class T>
void WinogradPass<T>::bring_out(const Work& work, std::int64_t index, std::int64_t slice, std::int64_t channel,
                                const Arguments& arguments, T* scratch) const {
    const Strip strip = work.chunks.tiles.strip(index);
    const std::int64_t channels = std::min<std::int64_t>(kernels_.lanes, targets_ - channel);
    const std::int64_t first = work.group * targets_ + channel;
    std::array<T, most_lanes> bias{};
    if (arguments.epilogue.bias != nullptr) {
        std::copy_n(arguments.epilogue.bias + first, channels, bias.begin());
    }
    work.chunks.tiles.bring_out(
        kernels_, filtering_, work.out + first_tile(work, index) * work.chunks.out.tile + channel - slice,
        work.chunks.out, geometry_.target, strip,
        arguments.target + (strip.image * groups_ * targets_ + first) * geometry_.target.elements(), channels,
        arguments.epilogue.bias == nullptr ? nullptr : bias.data(), arguments.epilogue.slope, scratch);
}

template <class T>
template <class Each>
void WinogradPass<T>::run_chunk(const Work& work, const Arguments& arguments, const Each& each) const {
    const std::int64_t strips = work.end_strip - work.first_strip, lanes = kernels_.lanes;
    each(strips * (whole_channels_ / lanes), [&](std::int64_t task, T* scratch) {
        bring_in(work, work.first_strip + task % strips, task / strips * lanes, arguments.source, scratch);
    });
    for (std::int64_t slice = 0; slice < whole_targets_; slice += slice_) {
        const std::int64_t channels = std::min(slice_, whole_targets_ - slice);
        const std::int64_t panels = ceil_divide(channels, panel_);
        each(points_ * panels, [&](std::int64_t task, T*) {
            multiply(work, task / panels, slice + task % panels * panel_, slice, arguments.prepared);
        });
        each(strips * (channels / lanes), [&](std::int64_t task, T* scratch) {
            bring_out(work, work.first_strip + task % strips, slice, slice + task / strips * lanes, arguments, scratch);
        });
    }
}

template <class T>
void WinogradPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                          const TargetEpilogue<T>& epilogue) const {
    const Chunks c = chunks(context.threads);
    const Arguments arguments{source, prepared, target, epilogue};
    T* const points = context.workspace + context.threads * c.scratch;
    const auto scratch = [&] { return context.workspace + ThreadPool::current_thread() * c.scratch; };
    const auto work_of = [&](std::int64_t task, T* memory) {
        const std::int64_t first = task % c.count * c.strips;
        return Work{c,      task / c.count,        first, std::min(c.tiles.strips(), first + c.strips),
                    memory, memory + c.in_elements};
    };
    const std::int64_t works = groups_ * c.count;
    if (c.together) {
        for (std::int64_t task = 0; task < works; ++task) {
            run_chunk(work_of(task, points), arguments, [&](std::int64_t count, const auto& function) {
                context.pool.run(
                    count, [&](std::int64_t index) { function(index, scratch()); }, context.threads);
            });
        }
        return;
    }
    const auto alone = [&](std::int64_t task) {
        T* const memory = points + ThreadPool::current_thread() * (c.in_elements + c.out_elements);
        run_chunk(work_of(task, memory), arguments, [&](std::int64_t count, const auto& function) {
            for (std::int64_t index = 0; index < count; ++index) {
                function(index, scratch());
            }
        });
    };
    context.pool.run(works, alone, context.threads);
}

template class WinogradPass<float>;
template class WinogradPass<double>;

}  // namespace convnet::direct
