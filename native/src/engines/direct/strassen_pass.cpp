#include "engines/direct/strassen_pass.hpp"

#include <algorithm>
#include <utility>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/biases.hpp"
#include "engines/direct/packed_filters.hpp"
#include "engines/direct/store.hpp"
#include "engines/direct/sweep_blocks.hpp"
#include "engines/direct/sweep_costs.hpp"
#include "engines/direct/winograd_geometry.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t products = 7, vectors = 4;  // of a panel

}  // namespace

template <class T>
StrassenPass<T>::StrassenPass(const ConvolutionProblem& problem, Sweep sweep)
    : problem_(problem),
      sweep_(std::move(sweep)),
      kernels_(cpu::kernels<T>()),
      tile_rows_(cpu::rows_of_pairs(kernels_.rows)),
      half_rows_(sweep_.rows() / 2),
      half_depth_(sweep_.channels / 2),
      tiles_(ceil_divide(half_rows_, tile_rows_)),
      width_(vectors * kernels_.lanes),
      panels_(sweep_.positions() / width_),
      weights_(products * half_rows_ * half_depth_),
      columns_(whole_lines(products * half_depth_ * width_ / 2)) {
    constexpr std::int64_t wanted_rows = 256;  // of a task: columns are combined for each
    task_tiles_ = even_part(tiles_, std::max<std::int64_t>(1, wanted_rows / tile_rows_));
    row_blocks_ = ceil_divide(tiles_, task_tiles_);
    tasks_ = sweep_.images * sweep_.groups * panels_ * row_blocks_;
    const auto phases = static_cast<std::int64_t>(sweep_.phases.size());
    for (std::int64_t row = 0; row < sweep_.rows(); row += 2) {
        const Phase& phase = sweep_.phases[static_cast<std::size_t>(row % phases)];
        lines_.push_back(row / phases * sweep_.target_positions() + target_row(sweep_, phase, 0));
    }
}

// Errors of the sums grow with the depth, and rounding those of the columns adds to them.
template <class T>
bool StrassenPass<T>::pays(const ConvolutionProblem& problem, const Sweep& sweep) {
    constexpr std::int64_t least_channels = 128, most_channels = 512, least_rows = 128;
    const int lanes = cpu::kernels<T>().lanes;
    const bool reads_source = sweep.positions() == sweep.source_positions() &&
                              std::all_of(problem.axes.begin(), problem.axes.end(),
                                          [](const Axis& a) { return a.kernel == a.stride && a.pad == 0; });
    return problem.accuracy == Accuracy::standard && reads_source && are_in_pairs(sweep, lanes) &&
           sweep.channels % 2 == 0 && sweep.channels >= least_channels && sweep.channels <= most_channels &&
           sweep.target_channels % 2 == 0 && sweep.rows() >= least_rows && sweep.positions() % (vectors * lanes) == 0 &&
           has_products_to_save(problem);
}

template <class T>
double StrassenPass<T>::cycles() const {
    constexpr double saved = 1.0 / 8, per_combined = 0.3;
    const auto combined = static_cast<double>(sweep_.images * sweep_.positions() * sweep_.depth() * row_blocks_);
    return cost_of_gathering(sweep_, kernels_.lanes) * (1 - saved) + combined * per_combined;
}

template <class T>
void StrassenPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    const std::vector<std::int64_t> tap_of = taps_of_phases(problem_, sweep_);
    const auto phases = static_cast<std::int64_t>(sweep_.phases.size());
    const std::int64_t filter = sweep_.target_channels * problem_.taps(), lower = half_rows_ / phases * problem_.taps();
    pool.run(sweep_.groups * tiles_, [&](std::int64_t task) {
        const std::int64_t group = task / tiles_, tile = task % tiles_, rows = rows_of(tile);
        const T* const filters = w + group * sweep_.channels * filter;
        T* out = prepared + group * weights_ + tile * tile_rows_ * products * half_depth_;
        for (std::int64_t k = 0; k < half_depth_; ++k, out += rows) {
            for (std::int64_t r = 0; r < rows; ++r) {
                const std::int64_t row = tile * tile_rows_ + r;
                const T* const upper = filters + k * filter + row / phases * problem_.taps() +
                                       tap_of[static_cast<std::size_t>(row % phases)];
                const T a11 = upper[0], a12 = upper[half_depth_ * filter];
                const T a21 = upper[lower], a22 = upper[half_depth_ * filter + lower];
                const T s1 = a21 + a22, s2 = s1 - a11;
                const T sums[products] = {a11, a12, s2, a11 - a21, -a22, s1, a12 - s2};
                for (std::int64_t i = 0; i < products; ++i) {
                    out[i * half_depth_ * rows + r] = sums[i];
                }
            }
        }
    });
}

template <class T>
typename StrassenPass<T>::Part StrassenPass<T>::part_of(std::int64_t task) const {
    const std::int64_t tile = task % row_blocks_ * task_tiles_;
    task /= row_blocks_;
    return {task / panels_, task % panels_ * width_, tile, std::min(tiles_, tile + task_tiles_)};
}

template <class T>
void StrassenPass<T>::run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                          const TargetEpilogue<T>& epilogue) const {
    const auto task = [&](std::int64_t index) {
        const Part part = part_of(index);
        T* const columns = context.own(columns_);
        const T* const planes = source + part.plane * sweep_.channels * sweep_.positions();
        kernels_.combine_columns({planes + part.position, sweep_.positions(), half_depth_, columns});
        run_part(part, prepared, columns, target, epilogue);
    };
    context.pool.run(tasks_, task, context.threads);
}

template <class T>
void StrassenPass<T>::run_part(const Part& part, const T* prepared, const T* columns, T* target,
                               const TargetEpilogue<T>& epilogue) const {
    const std::int64_t group = part.plane % sweep_.groups, row_length = sweep_.axes.back().out;
    T* const planes = target + part.plane * sweep_.target_channels * sweep_.target_positions();
    cpu::StrassenTile<T> tile{};
    tile.depth = half_depth_;
    tile.b = columns;
    tile.slope = epilogue.slope;
    for (std::int64_t v = 0; v < vectors; ++v) {
        const std::int64_t position = part.position + v * kernels_.lanes;
        tile.places[v / 2][v % 2] = target_row(sweep_, sweep_.phases.front(), position / row_length) -
                                    target_row(sweep_, sweep_.phases.front(), 0) + 2 * (position % row_length);
    }
    for (std::int64_t t = part.tile; t < part.end_tile; ++t) {
        const std::int64_t row = t * tile_rows_, rows = rows_of(t);
        tile.rows = static_cast<int>(rows);
        tile.a = prepared + group * weights_ + row * products * half_depth_;
        const Biases<T, most_pair_rows> upper(sweep_, epilogue.bias, group, row, rows);
        const Biases<T, most_pair_rows> lower(sweep_, epilogue.bias, group, half_rows_ + row, rows);
        tile.bias[0] = upper.data();
        tile.bias[1] = lower.data();
        for (std::int64_t i = 0; i < rows / 2; ++i) {
            tile.lines[0][i] = planes + lines_[static_cast<std::size_t>(row / 2 + i)];
            tile.lines[1][i] = planes + lines_[static_cast<std::size_t>((half_rows_ + row) / 2 + i)];
        }
        kernels_.multiply_strassen(tile);
    }
}

template class StrassenPass<float>;
template class StrassenPass<double>;

}  // namespace convnet::direct
