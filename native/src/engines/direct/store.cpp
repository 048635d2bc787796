#include "engines/direct/store.hpp"

#include <algorithm>

#include "devices/cpu/per_thread.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Positions along the last axis, of those that go to offset + position * step.
struct Line {
    std::int64_t offset, step, extent;

    /// Those of `row` for which this and the `adjacent` - 1 elements behind it are inside.
    Range inside(const PanelRow& row, std::int64_t adjacent) const {
        const std::int64_t begin = row.begin, end = row.begin + row.length;
        // Most often all are, which is told without a division.
        const std::int64_t first =
            offset + begin * step >= 0 ? begin : std::clamp(ceil_divide(-offset, step), begin, end);
        const std::int64_t behind = extent - adjacent + 1 - offset;
        return {first, (end - 1) * step < behind ? end : std::clamp(ceil_divide(behind, step), first, end)};
    }
};

template <class T>
void store_range(const T* from, const Line& line, const Range& range, T* to) {
    if (line.step == 1) {
        std::copy(from + range.begin, from + range.end, to + line.offset + range.begin);
        return;
    }
    for (std::int64_t q = range.begin; q < range.end; ++q) {
        to[line.offset + q * line.step] = from[q];
    }
}

/// Where the results of a row of positions go in one phase.
struct PhaseLine {
    std::int64_t row;  ///< Index of the first element of the target row, or -1 beyond the edge.
    Line line;
    Range inside, together;  ///< Positions of the phase alone, and with the phases behind it up to the next position.
};

/// As many phases as there are steps, of which every row of results is one: they fill the line without gaps.
template <class T>
void store_phases(const cpu::Kernels<T>& kernels, const PhaseLine* phases, const T* from, std::int64_t row_stride,
                  T* plane) {
    T* const to = plane + phases->row;
    const Range whole = phases->together;
    const Line& line = phases->line;
    kernels.interleave(from + whole.begin, row_stride, line.step, whole.end - whole.begin,
                       to + line.offset + whole.begin * line.step);
    for (std::int64_t phase = 0; phase < line.step; ++phase, from += row_stride) {
        const PhaseLine& own = phases[phase];
        store_range(from, own.line, {own.inside.begin, std::min(own.inside.end, whole.begin)}, to);
        store_range(from, own.line, {std::max(own.inside.begin, whole.end), own.inside.end}, to);
    }
}

}  // namespace

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

template <class T>
void store_panel(const cpu::Kernels<T>& kernels, const Sweep& sweep, std::span<const PanelRow> rows, std::int64_t group,
                 std::int64_t first_row, std::int64_t end_row, const T* results, std::int64_t row_stride, T* target) {
    const std::size_t last = sweep.axes.size() - 1;
    const std::int64_t step = sweep.target_step[last], extent = sweep.target_extent[last];
    const auto phases = static_cast<std::int64_t>(sweep.phases.size());
    const std::int64_t target_positions = sweep.target_positions();
    const bool fills = sweep.fills_lines && step > 1;
    auto& lines = cpu::per_thread<std::vector<PhaseLine>>();
    for (const PanelRow& row : rows) {
        lines.clear();
        for (const Phase& phase : sweep.phases) {
            const Line line{phase.offset[last], step, extent};
            lines.push_back({target_row(sweep, phase, row.outer), line, line.inside(row, 1), line.inside(row, step)});
        }
        const T* from = results + row.target - row.begin;
        std::int64_t index = first_row % phases;
        T* plane = target +
                   ((row.image * sweep.groups + group) * sweep.target_channels + first_row / phases) * target_positions;
        std::int64_t together = 1;
        for (std::int64_t r = first_row; r < end_row; r += together, from += together * row_stride) {
            const PhaseLine& line = lines[static_cast<std::size_t>(index)];
            together = fills && index % step == 0 && r + step <= end_row ? step : 1;
            if (line.row >= 0 && together > 1) {
                store_phases(kernels, &line, from, row_stride, plane);
            } else if (line.row >= 0) {
                store_range(from, line.line, line.inside, plane + line.row);
            }
            index += together;
            if (index == phases) {
                index = 0;
                plane += target_positions;
            }
        }
    }
}

template void store_panel(const cpu::Kernels<float>&, const Sweep&, std::span<const PanelRow>, std::int64_t,
                          std::int64_t, std::int64_t, const float*, std::int64_t, float*);
template void store_panel(const cpu::Kernels<double>&, const Sweep&, std::span<const PanelRow>, std::int64_t,
                          std::int64_t, std::int64_t, const double*, std::int64_t, double*);

}  // namespace convnet::direct
