#include "engines/direct/winograd_pass.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::size_t most_lanes = 16;

}  // namespace

template <class T>
WinogradPass<T>::WinogradPass(const ConvolutionProblem& p, WeightUse use, const WinogradGeometry& geometry,
                              std::size_t filtering)
    : problem_(p),
      use_(use),
      kernels_(cpu::kernels<T>()),
      filtering_(cpu::winograd_kernels<T>().filterings[filtering]),
      geometry_(geometry),
      blocks_(p, use, geometry_, filtering_.outputs, {kernels_.lanes, sizeof(T), kernels_.vectors}),
      filters_(p, use, filtering_, geometry_) {
    for (std::int64_t set = 0, sets = geometry_.target.sets(); set < sets && sets > 1; ++set) {
        of_set_.push_back(geometry_.with_set(set));
    }
}

template <class T>
std::vector<std::size_t> WinogradPass<T>::filterings(const ConvolutionProblem& p, WeightUse use,
                                                     const std::optional<WinogradGeometry>& geometry,
                                                     std::int64_t workspace_limit_bytes) {
    constexpr std::int64_t least_channels = 12;
    std::vector<std::size_t> result;
    if (p.accuracy != Accuracy::standard || !geometry || !has_products_to_save(p) ||
        std::min(p.in_channels, p.out_channels) / p.groups < least_channels) {
        return result;
    }
    for (std::size_t i = 0; i < cpu::winograd_filterings; ++i) {
        const auto& filtering = cpu::winograd_kernels<T>().filterings[i];
        if (filtering.taps == geometry->taps &&
            WinogradPass(p, use, *geometry, i).workspace_elements(1) * static_cast<std::int64_t>(sizeof(T)) <=
                workspace_limit_bytes / 4 * 3) {
            result.push_back(i);
        }
    }
    return result;
}

template <class T>
double WinogradPass<T>::cycles() const {
    constexpr double products_per_cycle = 32, lanes = 16, per_point = 10, least_tiles = 3;
    const Chunks c = blocks_.chunks(1);
    const auto tiles = static_cast<double>(c.tiles.strips() * c.tiles.tiles());
    const double multiplied = std::max(least_tiles * static_cast<double>(c.count), tiles);
    const auto depth = static_cast<double>(blocks_.lines * blocks_.channels);
    const auto squares = static_cast<double>(geometry_.source.sets() * blocks_.whole_channels +
                                             geometry_.target.sets() * blocks_.whole_targets);
    const double transforms = tiles * squares / lanes * per_point * filtering_.edge * filtering_.edge;
    const double narrow = blocks_.panel == kernels_.lanes ? 1.25 : 1.05;
    const double products = multiplied * static_cast<double>(blocks_.points) * depth *
                            static_cast<double>(blocks_.whole_targets) * narrow / products_per_cycle;
    // Reading the weights once for each chunk.
    constexpr double second_level = 128 * 1024, third_level = 6 * 1024 * 1024;
    const auto weights = static_cast<double>(blocks_.lines * blocks_.channels * blocks_.whole_targets * blocks_.points);
    if (blocks_.at_once) {
        constexpr double per_transformed = 0.2;
        return transforms + products + weights * per_transformed;
    }
    const double per_weight = weights < second_level ? 0 : weights < third_level ? 0.3 : 0.6;
    return transforms + products + weights * per_weight * static_cast<double>(c.count);
}

template <class T>
std::int64_t WinogradPass<T>::workspace_elements(int threads) const noexcept {
    const Chunks c = blocks_.chunks(threads);
    return elements_of_parts(threads, blocks_.own_elements(c)) + blocks_.shared_elements(c);
}

template <class T>
std::int64_t WinogradPass<T>::prepared_elements() const noexcept {
    return blocks_.prepared_elements();
}

// Of each group, slice and point: for each panel of target channels, [line][channel][panel]. A task writes pieces of them
// that are neighbours.
template <class T>
void WinogradPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    const std::int64_t lanes = kernels_.lanes, pieces = ceil_divide(blocks_.channels, lanes);
    const FilterVectors<T> filters(problem_, use_, w);
    pool.run(blocks_.groups * blocks_.slices() * pieces, [&](std::int64_t task) {
        const std::int64_t channel = task % pieces * lanes, index = task / pieces % blocks_.slices();
        const std::int64_t group = task / pieces / blocks_.slices();
        prepare_slice(filters, group, blocks_.slice(index), {channel, std::min(lanes, blocks_.channels - channel)},
                      {0, blocks_.channels}, prepared + blocks_.filters_before(group, index));
    });
}

/// A piece of the filters of a slice, of which memory has all that are `held`.
template <class T>
void WinogradPass<T>::prepare_slice(const FilterVectors<T>& filters, std::int64_t group, const Slice& slice,
                                    const Piece& piece, const Piece& held, T* to) const {
    const std::int64_t lanes = kernels_.lanes;
    for (std::int64_t panel = 0; panel < slice.channels; panel += blocks_.panel) {
        const std::int64_t width = blocks_.width(slice, panel);
        T* const first = to + panel * blocks_.lines * held.channels + (piece.first - held.first) * width;
        for (std::int64_t channel = 0; channel < piece.channels; channel += lanes) {
            const std::int64_t count = std::min(lanes, piece.channels - channel);
            for (std::int64_t row = 0; row < width; row += lanes) {
                filters_.transform(filters, group, slice.first + panel + row, piece.first + channel, count,
                                   {blocks_.filter_stride, held.channels, width}, first + channel * width + row);
            }
        }
    }
}

template <class T>
const WinogradGeometry& WinogradPass<T>::geometry(const Work& work) const {
    return work.chunks.parts > 1 ? of_set_[static_cast<std::size_t>(work.part)] : geometry_;
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
    const TiledPlane<TileSource>& planes = geometry(work).source;
    const std::int64_t image = blocks_.channels / planes.phases() * planes.elements();
    work.chunks.tiles.bring_in(kernels_, filtering_.input, planes, filtering_.edge, strip,
                               {source + (strip.image * blocks_.groups + work.group) * image, channel,
                                std::min<std::int64_t>(kernels_.lanes, blocks_.channels - channel)},
                               scratch, work.in + first_tile(work, index) * work.chunks.in.tile + channel,
                               filtering_.edge, work.chunks.in);
}

// Sums of a part of the depth at a time: errors grow with the length of a sum.
template <class T>
void WinogradPass<T>::multiply(const Work& work, std::int64_t point, const Slice& slice, std::int64_t panel,
                               const Piece& piece, const T* filters) const {
    constexpr std::int64_t most_depth = 1024;
    const std::int64_t length = even_part(piece.channels, most_depth);
    const std::int64_t lines = even_part(blocks_.lines, most_depth / piece.channels);
    const std::int64_t width = blocks_.width(slice, panel);
    const T* const weights = filters + (work.part * work.chunks.points + point) * blocks_.filter_stride +
                             panel * blocks_.lines * piece.channels;
    cpu::LinesTile<T> product{};
    product.vectors = static_cast<int>(width / kernels_.lanes);
    product.line_stride = blocks_.whole_channels;
    product.c.data = work.out + point * work.chunks.out.point + panel;
    product.c.stride = work.chunks.out.tile;
    const T* const in = work.in + point * work.chunks.in.point + piece.first;
    for (std::int64_t line = 0; line < blocks_.lines; line += lines) {
        product.lines = std::min(lines, blocks_.lines - line);
        for (std::int64_t channel = 0; channel < piece.channels; channel += length) {
            product.length = std::min(length, piece.channels - channel);
            product.b = weights + (line * piece.channels + channel) * width;
            product.c.accumulate = piece.first + line + channel > 0;
            multiply_tiles(work, in + line * blocks_.whole_channels + channel, product);
        }
    }
}

template <class T>
void WinogradPass<T>::multiply_tiles(const Work& work, const T* in, cpu::LinesTile<T> product) const {
    const std::int64_t tiles = first_tile(work, work.end_strip);
    // Filters are often far away: each tile fetches its share of the panel that comes next, unless one would have to fetch
    // all of it.
    const std::int64_t depth = product.lines * product.length, width = product.vectors * kernels_.lanes;
    if (tiles > kernels_.rows) {
        product.ahead = product.b + depth * width;
        product.ahead_step = ceil_divide(width, ceil_divide(tiles, kernels_.rows));
    }
    for (std::int64_t tile = 0; tile < tiles; tile += kernels_.rows) {
        product.rows = static_cast<int>(std::min<std::int64_t>(kernels_.rows, tiles - tile));
        for (std::int64_t r = 0; r < product.rows; ++r) {
            product.a[r] = in + (tile + r) * work.chunks.in.tile;
        }
        kernels_.multiply_lines(product);
        product.c.data += product.rows * product.c.stride;
        product.ahead += depth * product.ahead_step;
    }
}

template <class T>
void WinogradPass<T>::bring_out(const Work& work, std::int64_t index, const Slice& slice, std::int64_t vector,
                                const Arguments& arguments, T* scratch) const {
    const Strip strip = work.chunks.tiles.strip(index);
    const std::int64_t channels = std::min<std::int64_t>(kernels_.lanes, blocks_.targets - slice.first - vector);
    const std::int64_t first = work.group * blocks_.targets + slice.first + vector;
    std::array<T, most_lanes> bias{};
    if (arguments.epilogue.bias != nullptr) {
        std::copy_n(arguments.epilogue.bias + first, channels, bias.begin());
    }
    work.chunks.tiles.bring_out(
        kernels_, filtering_, work.out + first_tile(work, index) * work.chunks.out.tile + vector, work.chunks.out,
        geometry(work).target, strip,
        arguments.target + (strip.image * blocks_.groups * blocks_.targets + first) * geometry_.target.elements(),
        channels, arguments.epilogue.bias == nullptr ? nullptr : bias.data(), arguments.epilogue.slope, scratch);
}

template <class T>
std::int64_t WinogradPass<T>::readings(const Work& work) const {
    return (work.end_strip - work.first_strip) * (blocks_.whole_channels / kernels_.lanes);
}

template <class T>
void WinogradPass<T>::read(const Work& work, std::int64_t index, const Arguments& arguments, T* scratch) const {
    const std::int64_t strips = work.end_strip - work.first_strip;
    bring_in(work, work.first_strip + index % strips, index / strips * kernels_.lanes, arguments.source, scratch);
}

template <class T>
void WinogradPass<T>::multiply_slice(const Work& work, const Slice& slice, const Piece& piece, const T* filters) const {
    for (std::int64_t point = 0; point < work.chunks.points; ++point) {
        for (std::int64_t panel = 0; panel < slice.channels; panel += blocks_.panel) {
            multiply(work, point, slice, panel, piece, filters);
        }
    }
}

template <class T>
void WinogradPass<T>::write_slice(const Work& work, const Slice& slice, const Arguments& arguments, T* scratch) const {
    for (std::int64_t strip = work.first_strip; strip < work.end_strip; ++strip) {
        for (std::int64_t vector = 0; vector < slice.channels; vector += kernels_.lanes) {
            bring_out(work, strip, slice, vector, arguments, scratch);
        }
    }
}

template <class T>
void WinogradPass<T>::read_all(const Work& work, const Arguments& arguments, T* scratch) const {
    for (std::int64_t index = 0; index < readings(work); ++index) {
        read(work, index, arguments, scratch);
    }
}

/// Of prepared filters.
template <class T>
void WinogradPass<T>::compute_slice(const Work& work, std::int64_t index, const Arguments& arguments,
                                    T* scratch) const {
    multiply_slice(work, blocks_.slice(index), {0, blocks_.channels},
                   arguments.weights + blocks_.filters_before(work.group, index));
    write_slice(work, blocks_.slice(index), arguments, scratch);
}

// A chunk by one thread.
template <class T>
void WinogradPass<T>::run_alone(const Work& work, const Arguments& arguments, T* scratch) const {
    read_all(work, arguments, scratch);
    for (std::int64_t index = 0; index < blocks_.slices(); ++index) {
        compute_slice(work, index, arguments, scratch);
    }
}

// Each slice by a thread, which transforms the source for itself.
template <class T>
void WinogradPass<T>::run_slices(const PassContext<T>& context, const Chunks& c, const Arguments& arguments) const {
    for (std::int64_t group = 0; group < blocks_.groups; ++group) {
        std::vector<char> has_read(static_cast<std::size_t>(context.threads));
        const auto compute = [&](std::int64_t index) {
            T* const scratch = context.own(blocks_.own_elements(c));
            T* const in = scratch + c.scratch;
            const Work work{c, group, 0, 0, c.tiles.strips(), in, in + c.in_elements};
            char& read_here = has_read[static_cast<std::size_t>(ThreadPool::current_thread())];
            if (read_here == 0) {
                read_all(work, arguments, scratch);
                read_here = 1;
            }
            compute_slice(work, index, arguments, scratch);
        };
        context.pool.run(blocks_.slices(), compute, context.threads);
    }
}

// A chunk by all threads, step by step.
template <class T>
void WinogradPass<T>::run_points(const PassContext<T>& context, const Work& work, const Arguments& arguments) const {
    const auto scratch = [&] { return context.own(blocks_.own_elements(work.chunks)); };
    context.pool.run(
        readings(work), [&](std::int64_t index) { read(work, index, arguments, scratch()); }, context.threads);
    for (std::int64_t index = 0; index < blocks_.slices(); ++index) {
        const Slice slice = blocks_.slice(index);
        const std::int64_t panels = ceil_divide(slice.channels, blocks_.panel);
        const std::int64_t strips = work.end_strip - work.first_strip;
        context.pool.run(
            work.chunks.points * panels,
            [&](std::int64_t task) {
                multiply(work, task / panels, slice, task % panels * blocks_.panel, {0, blocks_.channels},
                         arguments.weights + blocks_.filters_before(work.group, index));
            },
            context.threads);
        context.pool.run(
            strips * (slice.channels / kernels_.lanes),
            [&](std::int64_t task) {
                bring_out(work, work.first_strip + task % strips, slice, task / strips * kernels_.lanes, arguments,
                          scratch());
            },
            context.threads);
    }
}

// Filters that are used once: each slice of the target by a thread of its own, that transforms filters piece by piece.
template <class T>
void WinogradPass<T>::run_at_once(const PassContext<T>& context, const Chunks& c, const Arguments& arguments) const {
    const FilterVectors<T> filters(problem_, use_, arguments.weights);
    T* const in = context.shared(blocks_.own_elements(c));
    for (std::int64_t group = 0; group < blocks_.groups; ++group) {
        const auto memory = [&] { return context.own(blocks_.own_elements(c)); };
        const Work source{c, group, 0, 0, c.tiles.strips(), in, nullptr};
        const auto compute = [&](std::int64_t index) {
            T* const own_filters = memory() + c.scratch;
            const Work work{c, group, 0, 0, c.tiles.strips(), in, own_filters + blocks_.slice_filters()};
            for (std::int64_t first = 0; first < blocks_.channels; first += blocks_.piece) {
                const Piece piece{first, std::min(blocks_.piece, blocks_.channels - first)};
                prepare_slice(filters, group, blocks_.slice(index), piece, piece, own_filters);
                multiply_slice(work, blocks_.slice(index), piece, own_filters);
            }
            write_slice(work, blocks_.slice(index), arguments, memory());
        };
        context.pool.run(
            readings(source), [&](std::int64_t index) { read(source, index, arguments, memory()); }, context.threads);
        context.pool.run(blocks_.slices(), compute, context.threads);
    }
}

template <class T>
void WinogradPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                          const TargetEpilogue<T>& epilogue) const {
    const Chunks c = blocks_.chunks(context.threads);
    const Arguments arguments{source, prepared, target, epilogue};
    const auto work_of = [&](std::int64_t task, T* memory) {
        const std::int64_t first = task % c.count * c.strips;
        return Work{c,
                    task / c.count / c.parts,
                    task / c.count % c.parts,
                    first,
                    std::min(c.tiles.strips(), first + c.strips),
                    memory,
                    memory + c.in_elements};
    };
    const std::int64_t works = blocks_.groups * c.parts * c.count;
    switch (c.division) {
        case Division::at_once:
            run_at_once(context, c, arguments);
            break;
        case Division::slices:
            run_slices(context, c, arguments);
            break;
        case Division::points:
            for (std::int64_t task = 0; task < works; ++task) {
                run_points(context, work_of(task, context.shared(blocks_.own_elements(c))), arguments);
            }
            break;
        case Division::chunks:
            const auto run_task = [&](std::int64_t task) {
                T* const scratch = context.own(blocks_.own_elements(c));
                run_alone(work_of(task, scratch + c.scratch), arguments, scratch);
            };
            context.pool.run(works, run_task, context.threads);
    }
}

template class WinogradPass<float>;
template class WinogradPass<double>;

}  // namespace convnet::direct
