#include "engines/direct/winograd_gradient_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t wanted_depth = 48;  // tiles whose products are summed at a time

GradientParts divide(const Sweep& sweep, std::int64_t sets, std::int64_t strips, std::int64_t slice, int lanes,
                     int tile_rows) {
    // Large blocks, since every block of the one side transforms all tiles of the other; sums may leave the
    // second-level cache, as they are fetched ahead.
    constexpr std::int64_t most_outputs = 128, most_inputs = 128, wanted_blocks = 4, most_partial = 3 << 18;
    const std::int64_t most_channels = std::max<std::int64_t>(lanes, most_inputs / sets);
    const std::int64_t channels = even_part(ceil_divide(sweep.channels, lanes), most_channels / lanes) * lanes;
    const auto divide_outputs = [&](std::int64_t most) {
        const std::int64_t tiles = even_part(ceil_divide(sweep.target_channels, tile_rows), most / tile_rows);
        return GradientParts(sweep, tiles * tile_rows, channels, strips, slice, most_partial);
    };
    const GradientParts parts = divide_outputs(most_outputs);
    return parts.blocks < wanted_blocks ? divide_outputs(most_outputs / 2) : parts;
}

}  // namespace

WinogradGradientBlocks::WinogradGradientBlocks(const Sweep& sweep, const WinogradGeometry& geometry, std::int64_t tile,
                                               int lanes, int tile_rows)
    : gradients{{geometry.vertical.out, 0, 1, {0}}, {geometry.horizontal.out, 0, 1, {0}}},
      tiles(sweep.images, geometry.vertical, geometry.horizontal, tile, wanted_depth),
      slice(std::min(tiles.strips(), std::max<std::int64_t>(1, wanted_depth / tiles.tiles()))),
      depth(slice * tiles.tiles()),
      parts(divide(sweep, geometry.source.sets(), tiles.strips(), slice, lanes, tile_rows)) {
    const std::int64_t edge = tile + geometry.taps - 1, inputs = geometry.source.sets() * parts.channels;
    scratch_elements =
        std::max(tiles.source_scratch(geometry.source, edge, lanes), tiles.source_scratch(gradients, tile, lanes));
    input_stride = odd_lines(depth * inputs);
    filter_stride = odd_lines(depth * round_up(parts.outputs, lanes));
    sums_stride = odd_lines(parts.outputs * inputs);
}

template <class T>
std::vector<std::size_t> WinogradGradientPass<T>::filterings(const ConvolutionProblem& p,
                                                             std::int64_t workspace_limit_bytes) {
    std::vector<std::size_t> result;
    const auto geometry = winograd_geometry(p, WeightUse::forward);
    constexpr std::int64_t least_channels = 16, least_products = std::int64_t{1} << 24;
    const std::int64_t products = p.batch * p.out_positions() * p.out_channels * p.column_rows_per_group();
    if (p.accuracy != Accuracy::standard || !geometry || geometry->taps == 1 || products < least_products ||
        std::min(p.in_channels, p.out_channels) / p.groups < least_channels) {
        return result;
    }
    for (std::size_t i = 0; i < cpu::winograd_filterings; ++i) {
        if (cpu::winograd_kernels<T>().filterings[i].outputs == geometry->taps &&
            WinogradGradientPass(p, i).workspace_elements(1) * static_cast<std::int64_t>(sizeof(T)) <=
                workspace_limit_bytes / 4 * 3) {
            result.push_back(i);
        }
    }
    return result;
}

template <class T>
double WinogradGradientPass<T>::cycles() const {
    constexpr double fill = 0.85, per_point = 13, per_sum = 1.25;
    const double products_per_cycle = 2.0 * kernels_.lanes;
    const std::int64_t inputs = sets_ * whole_vectors(sweep_.channels), outputs = whole_vectors(sweep_.target_channels);
    const auto groups = static_cast<double>(sweep_.groups);
    const auto tiles = static_cast<double>(blocks_.tiles.strips() * blocks_.tiles.tiles());
    const auto pairs = static_cast<double>(inputs) * static_cast<double>(sweep_.target_channels);
    const auto vectors = static_cast<double>(
        (inputs * blocks_.parts.output_blocks + outputs * blocks_.parts.channel_blocks) / kernels_.lanes);
    const auto points = static_cast<double>(points_);
    return groups * points *
           (tiles * (pairs / products_per_cycle / fill + vectors * per_point) +
            static_cast<double>(blocks_.parts.parts) * pairs * per_sum);
}

template <class T>
double WinogradGradientPass<T>::cycles_of_plain_sums() const {
    constexpr double fill = 0.72;
    return static_cast<double>(sweep_.images * sweep_.positions()) * static_cast<double>(blocks_.parts.elements) /
           (2.0 * kernels_.lanes) / fill;
}

template <class T>
WinogradGradientPass<T>::WinogradGradientPass(const ConvolutionProblem& problem, std::size_t filtering)
    : kernels_(cpu::kernels<T>()),
      filtering_(cpu::winograd_kernels<T>().filterings[filtering]),
      problem_(problem),
      sweep_(forward_sweep(problem)),
      geometry_(*winograd_geometry(problem, WeightUse::forward)),
      sets_(geometry_.source.sets()),
      points_(filtering_.edge * filtering_.edge),
      blocks_(sweep_, geometry_, filtering_.taps, kernels_.lanes, kernels_.rows) {}

template <class T>
std::int64_t WinogradGradientPass<T>::elements_of_thread() const noexcept {
    return blocks_.scratch_elements + points_ * (blocks_.input_stride + blocks_.filter_stride + blocks_.sums_stride);
}

template <class T>
std::int64_t WinogradGradientPass<T>::workspace_elements(int threads) const noexcept {
    return elements_of_parts(threads, elements_of_thread()) + blocks_.parts.partial_elements();
}

template <class T>
std::int64_t WinogradGradientPass<T>::whole_vectors(std::int64_t channels) const {
    return round_up(channels, kernels_.lanes);
}

template <class T>
void WinogradGradientPass<T>::run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const {
    sum_in_parts(context, sweep_, blocks_.parts, elements_of_thread(), dw,
                 [&](const GradientPart& part, T* bands, T* gradient, bool accumulate) {
                     T* const inputs = bands + blocks_.scratch_elements;
                     T* const filters = inputs + points_ * blocks_.input_stride;
                     const Scratch scratch{bands, inputs, filters, filters + points_ * blocks_.filter_stride};
                     run_part(part, x, dy, scratch);
                     add_gradients(part, scratch, gradient, accumulate);
                 });
}

template <class T>
void WinogradGradientPass<T>::run_part(const GradientPart& part, const T* x, const T* dy,
                                       const Scratch& scratch) const {
    for (std::int64_t slice = part.first; slice < part.end; slice += blocks_.slice) {
        const std::int64_t end = std::min(part.end, slice + blocks_.slice);
        std::int64_t depth = 0;
        for (std::int64_t index = slice; index < end; ++index) {
            const Strip strip = blocks_.tiles.strip(index);
            const std::int64_t image = strip.image * sweep_.groups + part.group;
            transform(filtering_.input, geometry_.source, filtering_.edge, strip,
                      x + (image * sweep_.channels + part.channel) * geometry_.source.elements(), part.channels, depth,
                      scratch, scratch.inputs, blocks_.input_stride);
            transform(filtering_.filter, blocks_.gradients, filtering_.taps, strip,
                      dy + (image * sweep_.target_channels + part.output) * blocks_.gradients.elements(), part.outputs,
                      depth, scratch, scratch.filters, blocks_.filter_stride);
            depth += strip.tiles;
        }
        multiply(part, depth, scratch, slice > part.first);
    }
}

template <class T>
void WinogradGradientPass<T>::transform(void (*kernel)(const cpu::TileTransform<T>&),
                                        const TiledPlane<TileSource>& planes, std::int64_t square, const Strip& strip,
                                        const T* first_plane, std::int64_t channels, std::int64_t first_tile,
                                        const Scratch& scratch, T* out, std::int64_t point_stride) const {
    const std::int64_t lanes = kernels_.lanes, whole = whole_vectors(channels), tile = planes.sets() * whole;
    for (std::int64_t channel = 0; channel < channels; channel += lanes) {
        blocks_.tiles.bring_in(kernels_, kernel, planes, square, strip,
                               {first_plane, channel, std::min(lanes, channels - channel)}, scratch.bands,
                               out + first_tile * tile + channel, filtering_.edge, {whole, point_stride, tile});
    }
}

template <class T>
void WinogradGradientPass<T>::multiply(const GradientPart& part, std::int64_t depth, const Scratch& scratch,
                                       bool accumulate) const {
    const std::int64_t inputs = sets_ * whole_vectors(part.channels), filters = whole_vectors(part.outputs);
    const std::int64_t panel = even_part(inputs / kernels_.lanes, kernels_.vectors) * kernels_.lanes;
    cpu::Tile<T> product{};
    product.k = depth;
    product.a_stride = filters;
    product.b_stride = inputs;
    product.c.stride = inputs;
    product.c.accumulate = accumulate;
    for (std::int64_t point = 0; point < points_; ++point) {
        for (std::int64_t column = 0; column < inputs; column += panel) {
            product.vectors = static_cast<int>(std::min(panel, inputs - column) / kernels_.lanes);
            product.b = scratch.inputs + point * blocks_.input_stride + column;
            for (std::int64_t row = 0; row < part.outputs; row += kernels_.rows) {
                product.rows = static_cast<int>(std::min<std::int64_t>(kernels_.rows, part.outputs - row));
                product.a = scratch.filters + point * blocks_.filter_stride + row;
                product.c.data = scratch.sums + point * blocks_.sums_stride + row * inputs + column;
                kernels_.multiply(product);
            }
        }
    }
}

// Of each output channel in turn: [taps][channels], those of a set every stride-th, which are then turned.
template <class T>
void WinogradGradientPass<T>::add_gradients(const GradientPart& part, const Scratch& scratch, T* to,
                                            bool accumulate) const {
    const Axis &rows = problem_.axes[0], &columns = problem_.axes[1];
    const std::int64_t all = problem_.taps(), depth = sweep_.depth(), across = geometry_.source.columns.sets();
    const std::int64_t inputs = whole_vectors(part.channels), lanes = kernels_.lanes, point = blocks_.sums_stride;
    T* const gradients = scratch.inputs;
    T* const turned = scratch.filters;
    for (std::int64_t output = 0; output < part.outputs; ++output) {
        for (std::int64_t set = 0; set < sets_; ++set) {
            const std::int64_t first_tap = set / across * columns.kernel + set % across;
            filtering_.output({scratch.sums + (output * sets_ + set) * inputs, filtering_.edge * point, point, lanes,
                               gradients + first_tap * inputs, rows.stride * columns.kernel * inputs,
                               columns.stride * inputs, lanes, inputs / lanes, nullptr, T{1}});
        }
        kernels_.transpose(gradients, inputs, all, inputs, turned, all);
        T* const line = to + (part.group * sweep_.target_channels + part.output + output) * depth + part.channel * all;
        for (std::int64_t i = 0; i < part.channels * all; ++i) {
            line[i] = (accumulate ? line[i] : T{0}) + turned[i];
        }
    }
}

template class WinogradGradientPass<float>;
template class WinogradGradientPass<double>;

}  // namespace convnet::direct
