#include "engines/direct/store.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Index of the first element of the target row that `outer` goes to in a phase, or -1 beyond the edge.
std::int64_t target_row(const Sweep& sweep, const Phase& phase, std::int64_t outer) {
    std::int64_t row = 0, rows = 1;
    for (std::size_t i = sweep.axes.size() - 1; i-- > 0;) {
        const std::int64_t position = outer % sweep.axes[i].out * sweep.target_step[i] + phase.offset[i];
        if (position < 0 || position >= sweep.target_extent[i]) {
            return -1;
        }
        row += position * rows;
        rows *= sweep.target_extent[i];
        outer /= sweep.axes[i].out;
    }
    return row * sweep.target_extent[sweep.axes.size() - 1];
}

}  // namespace

template <class T>
void store_panel(const Sweep& sweep, std::span<const PanelRow> rows, std::int64_t group, std::int64_t first_row,
                 std::int64_t end_row, const T* results, std::int64_t row_stride, T* target) {
    const std::size_t last = sweep.axes.size() - 1;
    const std::int64_t step = sweep.target_step[last], extent = sweep.target_extent[last];
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    const std::int64_t target_positions = sweep.target_positions();
    for (const PanelRow& row : rows) {
        const T* const panel = results + row.target - row.begin;
        for (std::int64_t r = first_row; r < end_row; ++r) {
            const Phase& phase = sweep.phases[static_cast<std::size_t>(r % phases)];
            const std::int64_t line = target_row(sweep, phase, row.outer);
            if (line < 0) {
                continue;
            }
            const std::int64_t offset = phase.offset[last];
            const std::int64_t begin = std::max(row.begin, ceil_divide(-offset, step));
            const std::int64_t end = std::min(row.begin + row.length, ceil_divide(extent - offset, step));
            const std::int64_t channel = (row.image * sweep.groups + group) * sweep.target_channels + r / phases;
            const T* const from = panel + (r - first_row) * row_stride;
            T* const to = target + channel * target_positions + line + offset;
            if (step == 1) {
                std::copy(from + begin, from + std::max(begin, end), to + begin);
            } else {
                for (std::int64_t q = begin; q < end; ++q) {
                    to[q * step] = from[q];
                }
            }
        }
    }
}

template void store_panel(const Sweep&, std::span<const PanelRow>, std::int64_t, std::int64_t, std::int64_t,
                          const float*, std::int64_t, float*);
template void store_panel(const Sweep&, std::span<const PanelRow>, std::int64_t, std::int64_t, std::int64_t,
                          const double*, std::int64_t, double*);

}  // namespace convnet::direct
