#include "engines/direct/winograd_band_pass.hpp"

#include <algorithm>
#include <array>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "engines/direct/packed_filters.hpp"
#include "engines/direct/store.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t slack = 64;  // that is read behind what is stored

std::int64_t reach(const Axis& axis) { return (axis.kernel - 1) * axis.dilation; }

template <class T>
const cpu::MinimalFiltering<T>* filtering_of(std::int64_t taps) {
    const auto& all = cpu::winograd_kernels<T>().of_lines;
    const auto* const found =
        std::find_if(std::begin(all), std::end(all), [&](const auto& f) { return f.taps == taps; });
    return found == std::end(all) ? nullptr : found;
}

Sweep with_rows(Sweep sweep, std::int64_t rows) {
    sweep.axes[0].out = rows;
    return sweep;
}

/// Sweeps that each have but one tap of the rows, of all columns.
std::vector<Sweep> sweeps_of_taps(const ConvolutionProblem& problem, const Sweep& sweep) {
    std::vector<Sweep> result;
    for (std::int64_t tap = sweep.axes[0].kernel; tap-- > 0;) {
        result.push_back(sweep);
        result.back().axes[0].kernel = 1;
        for (Phase& phase : result.back().phases) {
            phase.first_tap[0] += problem.axes[0].stride * tap;
        }
    }
    return result;
}

/// Tiles of a band: as many as give every thread some bands, and not so long that its sums leave the cache.
std::int64_t tiles_of_band(const Sweep& sweep, std::int64_t outputs, std::int64_t pitch) {
    constexpr std::int64_t wanted_tasks = 8, wanted_positions = 320;
    const std::int64_t all = ceil_divide(sweep.axes[0].out, outputs);
    const std::int64_t of_task = ceil_divide(all * sweep.images * sweep.groups, wanted_tasks);
    return even_part(all, std::min(wanted_positions / pitch, of_task));
}

/// Of a block: their transformed lines stay in the second-level cache, beside those of the source that come next.
std::int64_t channels_of_block(const Sweep& sweep, std::int64_t transformed) {
    constexpr std::int64_t near = 40 * 1024;
    return even_part(sweep.channels, near / transformed);
}

/// Whole pairs of rows that go to a line in turns.
std::int64_t rows_of_tile(const Sweep& sweep, int most) {
    return 2 * even_part(sweep.rows() / 2, cpu::rows_of_pairs(most) / 2);
}

}  // namespace

WinogradBandBlocks::WinogradBandBlocks(const Sweep& sweep, std::int64_t outputs, int lanes, int most_rows,
                                       int most_vectors)
    : pitch(whole_lines(sweep.axes[1].out + reach(sweep.axes[1]))),
      tiles(tiles_of_band(sweep, outputs, pitch)),
      bands(ceil_divide(sweep.axes[0].out, tiles * outputs)),
      joined(ceil_divide((tiles - 1) * pitch + sweep.axes[1].out, lanes) <=
             tiles * ceil_divide(sweep.axes[1].out, lanes)),
      band(with_rows(sweep, ceil_divide(sweep.axes[0].out, outputs) * outputs), tiles * outputs),
      packing{rows_of_tile(sweep, most_rows),
              channels_of_block(sweep, (outputs + sweep.axes[0].kernel - 1) * tiles * pitch)},
      panel(packing.tile_rows > most_rows ? most_vectors - 1 : most_vectors),
      columns_(sweep.axes[1].out),
      lanes_(lanes) {}

std::int64_t WinogradBandBlocks::vectors(std::int64_t count) const {
    return ceil_divide((joined ? (count - 1) * pitch : 0) + columns_, lanes_);
}

template <class T>
WinogradBandPass<T>::WinogradBandPass(const ConvolutionProblem& problem, const Sweep& sweep)
    : problem_(problem),
      sweep_(sweep),
      kernels_(cpu::kernels<T>()),
      filtering_(*filtering_of<T>(sweep.axes[0].kernel)),
      blocks_(sweep, filtering_.outputs, kernels_.lanes, kernels_.rows, kernels_.vectors),
      of_taps_(sweeps_of_taps(problem, sweep)),
      points_(filtering_.edge),
      point_(blocks_.tiles * blocks_.pitch),
      plane_(odd_lines(points_ * point_)),
      weights_(whole_lines(sweep.groups * sweep.rows() * of_taps_.front().depth())) {
    for (std::int64_t tap = 0; tap < sweep.axes[1].kernel; ++tap) {
        offsets_.push_back(tap * sweep.axes[1].dilation);
    }
    band_elements_ = whole_lines(blocks_.packing.channels * blocks_.band.plane() + blocks_.band.spare_elements());
    transformed_elements_ = blocks_.packing.channels * plane_ + slack;
    sums_elements_ = points_ * sweep.rows() * point_ + slack;
    scratch_ =
        band_elements_ + transformed_elements_ + sums_elements_ + sweep.rows() * filtering_.outputs * point_ + slack;
}

template <class T>
bool WinogradBandPass<T>::is_for(const Sweep& sweep) {
    constexpr std::int64_t few_rows = 48;
    if (sweep.axes.size() != 2 || !Band::is_for(sweep) || !sweep.fills_lines || sweep.target_step[1] != 2) {
        return false;
    }
    const Axis& rows = sweep.axes[0];
    return rows.dilation == 1 && filtering_of<T>(rows.kernel) != nullptr && sweep.rows() <= few_rows;
}

template <class T>
double WinogradBandPass<T>::cycles() const {
    constexpr double products_per_cycle = 32, lanes = 16, per_vector_in = 3, per_line_in = 60, per_result = 0.4;
    constexpr double per_padded = 0.15, per_row = 8;
    const auto bands = static_cast<double>(sweep_.images * blocks_.bands);
    const auto channels = static_cast<double>(sweep_.channels), rows = static_cast<double>(sweep_.rows());
    const auto tiles = static_cast<double>(blocks_.tiles);
    const auto elements =
        static_cast<double>(points_ * blocks_.lines(blocks_.tiles) * blocks_.vectors(blocks_.tiles) * kernels_.lanes);
    const auto taps = static_cast<double>(sweep_.axes[1].kernel - (sweep_.staggered ? 1 : 0));
    const Band& band = blocks_.band;
    const double padding = band.is_source() ? 0
                                            : static_cast<double>(band.plane()) * per_padded +
                                                  static_cast<double>(band.plane() / band.pitch()) * per_row;
    return bands * (channels * (elements * (rows * taps / products_per_cycle + per_vector_in / lanes) +
                                tiles * per_line_in + padding) +
                    elements * rows * per_result);
}

// The lines of weights for each tap become those for each point in place.
template <class T>
void WinogradBandPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    T* line = prepared;
    for (const Sweep& of_tap : of_taps_) {
        pack_filters(pool, problem_, WeightUse::backward_data, of_tap, blocks_.packing, w, line);
        line += weights_;
    }
    const std::int64_t lanes = kernels_.lanes;
    filtering_.filter({prepared, weights_, 0, lanes, prepared, weights_, 0, lanes, weights_ / lanes});
}

template <class T>
void WinogradBandPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                              const TargetEpilogue<T>& epilogue) const {
    const Arguments arguments{source, prepared, target, epilogue};
    const auto task = [&](std::int64_t index) {
        T* const band = context.own(scratch_);
        T* const transformed = band + band_elements_;
        T* const sums = transformed + transformed_elements_;
        run_task(index, arguments, {band, transformed, sums, sums + sums_elements_});
    };
    context.pool.run(sweep_.images * sweep_.groups * blocks_.bands, task, context.threads);
}

template <class T>
typename WinogradBandPass<T>::Part WinogradBandPass<T>::part_of(std::int64_t task) const {
    const std::int64_t first = task % blocks_.bands * blocks_.tiles * filtering_.outputs;
    task /= blocks_.bands;
    return {task / sweep_.groups, task % sweep_.groups, first,
            std::min(blocks_.tiles, ceil_divide(sweep_.axes[0].out - first, filtering_.outputs))};
}

/// The first plane that a part reads of a channel.
template <class T>
const T* WinogradBandPass<T>::plane_of(const Part& part, std::int64_t channel, const T* source) const {
    return source + ((part.image * sweep_.groups + part.group) * sweep_.channels + channel) * sweep_.source_positions();
}

template <class T>
void WinogradBandPass<T>::run_task(std::int64_t task, const Arguments& arguments, const Scratch& scratch) const {
    const std::int64_t tasks = sweep_.images * sweep_.groups * blocks_.bands, outputs = filtering_.outputs;
    const Band& band = blocks_.band;
    // The same thread probably runs the next task too.
    const Part part = part_of(task), next = part_of(std::min(task + 1, tasks - 1));
    const T* const end = arguments.source + sweep_.images * sweep_.groups * sweep_.channels * sweep_.source_positions();
    for (std::int64_t channel = 0; channel < sweep_.channels; channel += blocks_.packing.channels) {
        const std::int64_t channels = std::min(blocks_.packing.channels, sweep_.channels - channel);
        const bool last = channel + channels == sweep_.channels;
        transform(part, channels,
                  band.windows(kernels_, plane_of(part, channel, arguments.source), end, channels, part.first,
                               part.tiles * outputs, scratch.band),
                  scratch.transformed);
        const Part& after = last ? next : part;
        const Range ahead = band.elements(after.first, after.tiles * outputs);
        multiply(
            part, channel, channels, arguments.weights, scratch,
            {plane_of(after, last ? 0 : channel + channels, arguments.source) + ahead.begin, ahead.end - ahead.begin});
    }
    store(part, arguments, scratch);
}

/// Lines of all points of each channel, and of a point those of all tiles.
template <class T>
void WinogradBandPass<T>::transform(const Part& part, std::int64_t channels, const Windows<T>& windows,
                                    T* transformed) const {
    const std::int64_t lanes = kernels_.lanes, pitch = blocks_.band.pitch();
    const std::int64_t vectors = ceil_divide(sweep_.axes[1].out + reach(sweep_.axes[1]), lanes);
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        const T* const lines = windows.data + channel * windows.plane + blocks_.band.offsets()[0];
        for (std::int64_t tile = 0; tile < part.tiles; ++tile) {
            filtering_.input({lines + tile * filtering_.outputs * pitch, pitch, 0, lanes,
                              transformed + channel * plane_ + tile * blocks_.pitch, point_, 0, lanes, vectors});
        }
    }
}

/// Adds the products of a block of channels to the sums, of each point and row of the product, a line for each tile.
template <class T>
void WinogradBandPass<T>::multiply(const Part& part, std::int64_t channel, std::int64_t channels, const T* weights,
                                   const Scratch& scratch, const Ahead& ahead) const {
    const Sweep& of_tap = of_taps_.front();
    const Packing& packing = blocks_.packing;
    const std::int64_t taps = of_tap.taps(), lines = blocks_.lines(part.tiles), lanes = kernels_.lanes;
    const std::int64_t all_vectors = blocks_.vectors(part.tiles);
    // Each tile fetches its share of every channel.
    const std::int64_t tiles =
        points_ * lines * ceil_divide(all_vectors, blocks_.panel) * ceil_divide(sweep_.rows(), packing.tile_rows);
    const std::int64_t step = ceil_divide(ahead.elements, tiles * taps);
    const T* share = ahead.data;
    for (std::int64_t point = 0; point < points_; ++point) {
        for (std::int64_t row = 0; row < sweep_.rows(); row += packing.tile_rows) {
            const T* const a = weights + point * weights_ + packed_offset(of_tap, packing, part.group, channel, row);
            for (std::int64_t line = 0; line < lines; ++line) {
                std::int64_t first = line * blocks_.pitch;
                for (std::int64_t vectors = all_vectors; vectors > 0;) {
                    // Four vectors are better two and two than three and one.
                    const std::int64_t width = ceil_divide(vectors, ceil_divide(vectors, blocks_.panel));
                    kernels_.multiply_pairs({{static_cast<int>(std::min(packing.tile_rows, sweep_.rows() - row)),
                                              static_cast<int>(width),
                                              channels,
                                              taps,
                                              a,
                                              scratch.transformed + point * point_ + first,
                                              plane_,
                                              offsets_.data(),
                                              share,
                                              sweep_.source_positions(),
                                              step,
                                              {scratch.sums + (point * sweep_.rows() + row) * point_ + first, point_,
                                               channel > 0, nullptr}},
                                             sweep_.staggered ? taps : 0,
                                             false,
                                             {},
                                             {},
                                             0,
                                             0});
                    share += step * taps;
                    first += width * lanes;
                    vectors -= width;
                }
            }
        }
    }
}

template <class T>
void WinogradBandPass<T>::store(const Part& part, const Arguments& arguments, const Scratch& scratch) const {
    constexpr std::size_t most_lanes = 16;
    const std::int64_t lanes = kernels_.lanes, outputs = filtering_.outputs;
    const auto phases = static_cast<std::int64_t>(sweep_.phases.size());
    auto& rows = cpu::per_thread<std::vector<PanelRow>>();
    rows.clear();
    const std::int64_t count = std::min(part.tiles * outputs, sweep_.axes[0].out - part.first);
    for (std::int64_t row = 0; row < count; ++row) {
        rows.push_back({part.image, part.first + row, 0,
                        static_cast<std::int32_t>(row % outputs * point_ + row / outputs * blocks_.pitch),
                        static_cast<std::int32_t>(sweep_.axes[1].out)});
    }
    const std::int64_t stride = outputs * point_;
    for (std::int64_t row = 0; row < sweep_.rows(); ++row) {
        std::array<T, most_lanes> bias{};
        if (arguments.epilogue.bias != nullptr) {
            bias.fill(arguments.epilogue.bias[part.group * sweep_.target_channels + row / phases]);
        }
        filtering_.output({scratch.sums + row * point_, sweep_.rows() * point_, 0, lanes,
                           scratch.results + row * stride, point_, 0, lanes, part.tiles * blocks_.pitch / lanes,
                           bias.data(), arguments.epilogue.slope});
    }
    store_panel<T>(kernels_, sweep_, rows, part.group, 0, sweep_.rows(), scratch.results, stride, arguments.target);
}

template class WinogradBandPass<float>;
template class WinogradBandPass<double>;

}  // namespace convnet::direct
