#include "engines/direct/winograd_phase_pass.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "engines/direct/packed_filters.hpp"
#include "engines/direct/winograd_geometry.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::size_t most_lanes = 16;

template <class T>
constexpr std::int64_t cache_line = 64 / static_cast<std::int64_t>(sizeof(T));

/// Ranges of memory that are fetched one after the other while something else is computed.
template <class T>
class FetchedRanges {
public:
    void clear() {
        ranges_.clear();
        current_ = 0;
    }
    void add(const T* begin, const T* end) { ranges_.push_back({begin, end}); }

    /// From where on to fetch so many elements now, or null after all of them.
    const T* next(std::int64_t elements) {
        if (current_ == ranges_.size()) {
            return nullptr;
        }
        Range& range = ranges_[current_];
        const T* const from = range.begin;
        if (range.end - from <= elements) {
            ++current_;
        } else {
            range.begin += elements;
        }
        return from;
    }

private:
    struct Range {
        const T *begin, *end;
    };
    std::vector<Range> ranges_;
    std::size_t current_ = 0;
};

TileSource source_side(const Axis& axis) { return {axis.in, axis.pad, 1, {0}}; }

template <int count, class T>
void copy_pieces(const T* from, std::int64_t from_step, T* to, std::int64_t to_step, std::int64_t pieces) {
    for (std::int64_t i = 0; i < pieces; ++i) {
        std::memcpy(to + i * to_step, from + i * from_step, count * sizeof(T));
    }
}

}  // namespace

template <class T>
WinogradPhasePass<T>::WinogradPhasePass(const ConvolutionProblem& problem, Sweep sweep, std::size_t filtering)
    : problem_(problem),
      sweep_(std::move(sweep)),
      kernels_(cpu::kernels<T>()),
      filtering_(cpu::winograd_kernels<T>().filterings[filtering]),
      blocks_(sweep_, kernels_.lanes, kernels_.rows, kernels_.vectors),
      tiles_(sweep_.images, sweep_.axes[0], sweep_.axes[1], filtering_.outputs, 3 * kernels_.rows),
      source_{source_side(sweep_.axes[0]), source_side(sweep_.axes[1])},
      points_(filtering_.edge * filtering_.edge),
      whole_channels_(ceil_divide(sweep_.channels, kernels_.lanes) * kernels_.lanes) {
    constexpr std::int64_t near_elements = 1 << 19, most_transformed = 1 << 21, wanted_tasks = 16;
    parts_ = ceil_divide(wanted_tasks, blocks_.strips);
    weight_stride_ = odd_lines(sweep_.channels * blocks_.strip_columns);
    positions_ = ceil_divide(sweep_.axes[1].out, filtering_.outputs) * filtering_.outputs;
    out_ = {0, odd_lines(tiles_.tiles() * blocks_.strip_columns), blocks_.strip_columns};
    scratch_ = std::max(tiles_.source_scratch(source_, filtering_.edge, kernels_.lanes),
                        whole_lines(filtering_.outputs * positions_ * kernels_.lanes));
    products_ = points_ * out_.point;
    transformed_ = points_ * weight_stride_;
    alone_ = blocks_.strips * transformed_ <= near_elements;
    transforms_each_time_ = parts_ == 1 && blocks_.strips * transformed_ > most_transformed;
}

/// Of a chunk.
template <class T>
std::int64_t WinogradPhasePass<T>::chunk_strips(int threads) const {
    constexpr std::int64_t own_bytes = 1 << 20, shared_bytes = 2 << 20, tasks_of_thread = 3;
    const std::int64_t of_strip = points_ * tiles_.tiles() * whole_channels_ * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t shared_by = alone_ && threads > 1 ? tasks_of_thread * threads : 1;
    const std::int64_t most =
        std::min((alone_ ? own_bytes : shared_bytes) / of_strip, tiles_.strips() * sweep_.groups / shared_by);
    return even_part(tiles_.strips(), std::max<std::int64_t>(1, most));
}

template <class T>
PointStrides WinogradPhasePass<T>::in_strides(std::int64_t strips) const {
    return {0, odd_lines(strips * tiles_.tiles() * whole_channels_), whole_channels_};
}

/// What a thread needs: bands, products, and its own weights or points.
template <class T>
std::int64_t WinogradPhasePass<T>::own_elements(int threads) const {
    return scratch_ + products_ +
           (alone_                  ? points_ * in_strides(chunk_strips(threads)).point
            : transforms_each_time_ ? transformed_
                                    : 0);
}

template <class T>
std::vector<std::size_t> WinogradPhasePass<T>::filterings(const Sweep& sweep) {
    const auto& kernels = cpu::kernels<T>();
    std::vector<std::size_t> result;
    if (sweep.axes.size() != 2 || !PhaseBlocks::is_for(sweep, kernels.lanes, kernels.piece)) {
        return result;
    }
    const Axis &rows = sweep.axes[0], &columns = sweep.axes[1];
    const bool square = rows.kernel == columns.kernel && rows.kernel > 1;
    if (!square || rows.dilation * columns.dilation != 1 || rows.pad < 0 || columns.pad < 0) {
        return result;
    }
    for (std::size_t i = 0; i < cpu::winograd_filterings; ++i) {
        if (cpu::winograd_kernels<T>().filterings[i].taps == rows.kernel) {
            result.push_back(i);
        }
    }
    return result;
}

template <class T>
bool WinogradPhasePass<T>::pays(const ConvolutionProblem& p, const Sweep& sweep) {
    constexpr std::int64_t least_channels = 8;
    return p.accuracy == Accuracy::standard && sweep.channels >= least_channels && has_products_to_save(p);
}

template <class T>
double WinogradPhasePass<T>::cycles() const {
    constexpr double products_per_cycle = 32, lanes = 16, per_point_in = 6, per_point_out = 6, around_product = 4;
    constexpr double per_result = 0.7, per_point_of_filter = 3;
    const auto tiles = static_cast<double>(tiles_.strips() * tiles_.tiles()), points = static_cast<double>(points_);
    const auto columns = static_cast<double>(blocks_.strips * blocks_.strip_columns);
    const auto channels = static_cast<double>(sweep_.channels);
    const double transforms = (per_point_in * static_cast<double>(whole_channels_) + per_point_out * columns) / lanes;
    const double filters = transforms_each_time_ ? channels * columns / lanes * per_point_of_filter : 0;
    const double products = (channels + around_product) * columns / products_per_cycle;
    return points * (tiles * (transforms + products) + filters) +
           static_cast<double>(sweep_.images * sweep_.positions()) * columns * per_result;
}

template <class T>
std::int64_t WinogradPhasePass<T>::workspace_elements(int threads) const noexcept {
    const std::int64_t points = alone_ ? 0 : points_ * in_strides(chunk_strips(threads)).point;
    return elements_of_parts(threads, own_elements(threads)) + points;
}

template <class T>
std::int64_t WinogradPhasePass<T>::prepared_elements() const noexcept {
    return first_weight(sweep_.groups, 0);
}

template <class T>
std::int64_t WinogradPhasePass<T>::first_weight(std::int64_t group, std::int64_t strip) const {
    const std::int64_t of_strip = transforms_each_time_ ? sweep_.depth() * blocks_.strip_columns : transformed_;
    return (group * blocks_.strips + strip) * of_strip;
}

template <class T>
void WinogradPhasePass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    const std::vector<std::int64_t> tap_of = taps_of_phases(problem_, sweep_);
    pool.run(sweep_.groups * blocks_.strips, [&](std::int64_t task) {
        const std::int64_t group = task / blocks_.strips, strip = task % blocks_.strips;
        T* const to = prepared + first_weight(group, strip);
        if (transforms_each_time_) {
            gather_strip(group, strip, tap_of, w, to);
            return;
        }
        auto& gathered = cpu::per_thread<std::vector<T>>();
        gathered.resize(static_cast<std::size_t>(sweep_.taps() * sweep_.channels * blocks_.strip_columns));
        gather_strip(group, strip, tap_of, w, gathered.data());
        transform_strip(strip, gathered.data(), to);
    });
}

// Of each vector of columns, [channel][tap of the window][column].
template <class T>
void WinogradPhasePass<T>::gather_strip(std::int64_t group, std::int64_t strip, const std::vector<std::int64_t>& tap_of,
                                        const T* w, T* gathered) const {
    const std::int64_t lanes = kernels_.lanes, taps = problem_.taps(), window_taps = sweep_.taps();
    const auto phases = static_cast<std::int64_t>(sweep_.phases.size());
    const std::int64_t filter = sweep_.target_channels * taps;
    const T* const filters = w + group * sweep_.channels * filter;
    auto& offsets = cpu::per_thread<std::vector<std::int64_t>>();  // in a filter, or -1
    for (std::int64_t column = 0; column < blocks_.columns(strip, lanes); column += lanes) {
        offsets.clear();
        for (std::int64_t i = 0; i < window_taps * lanes; ++i) {
            const std::int64_t row = blocks_.row(strip, column + i % lanes);
            const std::int64_t tap = tap_of[static_cast<std::size_t>(row % phases * window_taps + i / lanes)];
            offsets.push_back(tap < 0 ? -1 : row / phases * taps + tap);
        }
        for (std::int64_t c = 0; c < sweep_.channels; ++c) {
            for (const std::int64_t offset : offsets) {
                *gathered++ = offset < 0 ? T{0} : filters[c * filter + offset];
            }
        }
    }
}

// Of each point: for each panel, [channel][column of the panel].
template <class T>
void WinogradPhasePass<T>::transform_strip(std::int64_t strip, const T* gathered, T* transformed) const {
    const std::int64_t lanes = kernels_.lanes, columns = blocks_.columns(strip, lanes);
    for (std::int64_t column = 0; column < columns; column += lanes) {
        const std::int64_t panel = column / blocks_.panel * blocks_.panel;
        const std::int64_t width = std::min(blocks_.panel, columns - panel);
        T* to = transformed + panel * sweep_.channels + column - panel;
        for (std::int64_t c = 0; c < sweep_.channels; ++c, to += width, gathered += sweep_.taps() * lanes) {
            filtering_.filter({gathered, filtering_.taps * lanes, lanes, 0, to, filtering_.edge * weight_stride_,
                               weight_stride_, 0, 1, nullptr, T{1}});
        }
    }
}

template <class T>
void WinogradPhasePass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                               const TargetEpilogue<T>& epilogue) const {
    const Arguments arguments{source, prepared, target, epilogue};
    const std::int64_t strips = chunk_strips(context.threads), chunks = ceil_divide(tiles_.strips(), strips);
    const std::int64_t own = own_elements(context.threads), vectors = whole_channels_ / kernels_.lanes;
    const auto chunk_of = [&](std::int64_t task, T* points) {
        const std::int64_t first = task % chunks * strips;
        return Chunk{task / chunks, first, std::min(strips, tiles_.strips() - first), in_strides(strips), points};
    };
    if (alone_) {
        const auto task = [&](std::int64_t index) {
            T* const memory = context.own(own);
            const Chunk chunk = chunk_of(index, memory + scratch_ + products_);
            for (std::int64_t piece = 0; piece < chunk.count * vectors; ++piece) {
                bring_in(chunk, piece, source, memory);
            }
            for (std::int64_t strip = 0; strip < blocks_.strips; ++strip) {
                compute(chunk, strip, 0, chunk.count, arguments, memory);
            }
        };
        context.pool.run(sweep_.groups * chunks, task, context.threads);
        return;
    }
    for (std::int64_t index = 0; index < sweep_.groups * chunks; ++index) {
        const Chunk chunk = chunk_of(index, context.shared(own));
        const std::int64_t part = ceil_divide(chunk.count, parts_);
        const auto read = [&](std::int64_t piece) { bring_in(chunk, piece, source, context.own(own)); };
        const auto task = [&](std::int64_t of) {
            const std::int64_t begin = of % parts_ * part;
            compute(chunk, of / parts_, begin, std::min(chunk.count, begin + part), arguments, context.own(own));
        };
        context.pool.run(chunk.count * vectors, read, context.threads);
        context.pool.run(blocks_.strips * parts_, task, context.threads);
    }
}

/// A vector of channels of a strip of tiles.
template <class T>
void WinogradPhasePass<T>::bring_in(const Chunk& chunk, std::int64_t piece, const T* source, T* band) const {
    const std::int64_t index = piece % chunk.count, channel = piece / chunk.count * kernels_.lanes;
    const Strip strip = tiles_.strip(chunk.first + index);
    const std::int64_t plane = (strip.image * sweep_.groups + chunk.group) * sweep_.channels;
    tiles_.bring_in(kernels_, filtering_.input, source_, filtering_.edge, strip,
                    {source + plane * sweep_.source_positions(), channel,
                     std::min<std::int64_t>(kernels_.lanes, sweep_.channels - channel)},
                    band, chunk.points + index * tiles_.tiles() * chunk.in.tile + channel, filtering_.edge, chunk.in);
}

/// A column strip of some strips of tiles.
template <class T>
void WinogradPhasePass<T>::compute(const Chunk& chunk, std::int64_t strip, std::int64_t begin, std::int64_t end,
                                   const Arguments& arguments, T* memory) const {
    T* const products = memory + scratch_;
    const T* weights = arguments.weights + first_weight(chunk.group, strip);
    if (transforms_each_time_) {
        transform_strip(strip, weights, products + products_);
        weights = products + products_;
    }
    for (std::int64_t index = begin; index < end; ++index) {
        const Part part{tiles_.strip(chunk.first + index), chunk.group, strip};
        multiply(part, chunk.points + index * tiles_.tiles() * chunk.in.tile, chunk.in.point, weights, products,
                 arguments.target);
        for (std::int64_t column = 0; column < blocks_.columns(strip, kernels_.lanes); column += kernels_.lanes) {
            bring_out(part, column, products, arguments, memory);
        }
    }
}

// Sums of a part of the depth at a time: errors grow with the length of a sum. Meanwhile the lines of the target that
// the results go to are fetched.
template <class T>
void WinogradPhasePass<T>::multiply(const Part& part, const T* in, std::int64_t in_point, const T* weights, T* products,
                                    T* target) const {
    constexpr std::int64_t most_depth = 1024;
    const std::int64_t columns = blocks_.columns(part.strip, kernels_.lanes);
    auto& lines = cpu::per_thread<FetchedRanges<T>>();
    lines.clear();
    for (std::int64_t row = 0; row < part.tiles.rows; ++row) {
        for (std::int64_t column = 0; column < columns; column += blocks_.piece) {
            for_lines(part, column, (part.tiles.row + row) * filtering_.outputs, target,
                      [&](std::int64_t, const Line& line) { lines.add(line.data, line.data + line.extent); });
        }
    }
    const std::int64_t length = even_part(sweep_.channels, most_depth);
    const std::int64_t rows = even_part(part.tiles.tiles, kernels_.rows);
    cpu::LinesTile<T> product{};
    product.lines = 1;
    product.c.stride = out_.tile;
    for (std::int64_t point = 0; point < points_; ++point) {
        for (std::int64_t panel = 0; panel < columns; panel += blocks_.panel) {
            const std::int64_t width = std::min(blocks_.panel, columns - panel);
            product.vectors = static_cast<int>(width / kernels_.lanes);
            for (std::int64_t channel = 0; channel < sweep_.channels; channel += length) {
                product.length = std::min(length, sweep_.channels - channel);
                product.b = weights + point * weight_stride_ + panel * sweep_.channels + channel * width;
                product.c.accumulate = channel > 0;
                for (std::int64_t tile = 0; tile < part.tiles.tiles; tile += rows) {
                    product.rows = static_cast<int>(std::min(rows, part.tiles.tiles - tile));
                    for (std::int64_t r = 0; r < product.rows; ++r) {
                        product.a[r] = in + point * in_point + (tile + r) * whole_channels_ + channel;
                    }
                    product.c.data = products + point * out_.point + tile * out_.tile + panel;
                    product.ahead = lines.next(product.length * cache_line<T>);
                    product.ahead_step = product.ahead == nullptr ? 0 : cache_line<T>;
                    kernels_.multiply_lines(product);
                }
            }
        }
    }
}

/// A vector of columns.
template <class T>
void WinogradPhasePass<T>::bring_out(const Part& part, std::int64_t column, const T* products,
                                     const Arguments& arguments, T* band) const {
    const std::int64_t lanes = kernels_.lanes, outputs = filtering_.outputs;
    const auto phases = static_cast<std::int64_t>(sweep_.phases.size());
    std::array<T, most_lanes> bias;
    for (std::int64_t lane = 0; lane < lanes && arguments.epilogue.bias != nullptr; ++lane) {
        bias[static_cast<std::size_t>(lane)] =
            arguments.epilogue
                .bias[part.group * sweep_.target_channels + blocks_.row(part.strip, column + lane) / phases];
    }
    const std::int64_t across = positions_ / outputs;
    for (std::int64_t row = 0; row < part.tiles.rows; ++row) {
        filtering_.output({products + row * across * out_.tile + column, filtering_.edge * out_.point, out_.point,
                           out_.tile, band, positions_ * lanes, lanes, outputs * lanes, across,
                           arguments.epilogue.bias == nullptr ? nullptr : bias.data(), arguments.epilogue.slope});
        for (std::int64_t lane = 0; lane < lanes; lane += blocks_.piece) {
            for_lines(
                part, column + lane, (part.tiles.row + row) * outputs, arguments.target,
                [&](std::int64_t r, const Line& line) { store_line(band + r * positions_ * lanes + lane, line); });
        }
    }
}

/// function(r, line) for where a piece of a column goes of the rows of positions first_row + r of a tile.
template <class T>
template <class Function>
void WinogradPhasePass<T>::for_lines(const Part& part, std::int64_t column, std::int64_t first_row, T* target,
                                     const Function& function) const {
    const auto phases = static_cast<std::int64_t>(sweep_.phases.size());
    const std::int64_t row = blocks_.row(part.strip, column);
    const Phase& phase = sweep_.phases[static_cast<std::size_t>(row % phases)];
    const std::int64_t channel = part.group * sweep_.target_channels + row / phases;
    const std::int64_t rows = sweep_.target_extent[0], extent = sweep_.target_extent[1];
    T* const plane =
        target + (part.tiles.image * sweep_.groups * sweep_.target_channels + channel) * sweep_.target_positions();
    for (std::int64_t r = 0; r < filtering_.outputs; ++r) {
        const std::int64_t y = (first_row + r) * sweep_.target_step[0] + phase.offset[0];
        if (y >= 0 && y < rows) {
            function(r, Line{plane + y * extent, phase.offset[1], sweep_.target_step[1], extent});
        }
    }
}

/// What an edge cuts goes one by one.
template <class T>
void WinogradPhasePass<T>::store_line(const T* results, const Line& line) const {
    const std::int64_t piece = blocks_.piece, lanes = kernels_.lanes, positions = sweep_.axes[1].out;
    const std::int64_t begin = std::clamp<std::int64_t>(ceil_divide(-line.first, line.step), 0, positions);
    const std::int64_t end =
        std::clamp(floor_divide(line.extent - piece - line.first, line.step) + 1, begin, positions);
    const auto store_cut = [&](std::int64_t position) {
        const std::int64_t first = line.first + position * line.step;
        for (std::int64_t i = std::clamp<std::int64_t>(-first, 0, piece); i < std::min(piece, line.extent - first);
             ++i) {
            line.data[first + i] = results[position * lanes + i];
        }
    };
    for (std::int64_t position = 0; position < begin; ++position) {
        store_cut(position);
    }
    const T* const from = results + begin * lanes;
    T* const to = line.data + line.first + begin * line.step;
    if (piece == 4) {
        copy_pieces<4>(from, lanes, to, line.step, end - begin);
    } else if (piece == 8) {
        copy_pieces<8>(from, lanes, to, line.step, end - begin);
    } else if (piece == 16) {
        copy_pieces<16>(from, lanes, to, line.step, end - begin);
    } else {
        copy_pieces<2>(from, lanes, to, line.step, end - begin);
    }
    for (std::int64_t position = end; position < positions; ++position) {
        store_cut(position);
    }
}

template class WinogradPhasePass<float>;
template class WinogradPhasePass<double>;

}  // namespace convnet::direct
