#include "engines/direct/sweep.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

template <class Extent>
std::int64_t product(const std::vector<Axis>& axes, Extent extent) {
    std::int64_t result = 1;
    for (const Axis& axis : axes) {
        result *= axis.*extent;
    }
    return result;
}

/// The window over dy for phases [first, last] of one axis, and the first q.
struct PhaseWindow {
    Axis axis;
    std::int64_t first_q;
};

PhaseWindow window_over_dy(const Axis& a, std::int64_t first, std::int64_t last) {
    const std::int64_t taps = std::max<std::int64_t>(0, ceil_divide(a.kernel - first, a.stride));
    const std::int64_t first_q = ceil_divide(a.pad - last, a.stride);
    const std::int64_t end_q = floor_divide(a.in - 1 + a.pad - first, a.stride) + 1;
    Axis axis;
    axis.in = a.out;
    axis.out = std::max<std::int64_t>(0, end_q - first_q);
    axis.kernel = taps;
    axis.dilation = a.dilation;
    axis.pad = (taps - 1) * a.dilation - first_q;
    return {axis, first_q};
}

/// A sweep over dy for phases from `first` to `last`, one value an axis each.
Sweep phase_sweep(const ConvolutionProblem& p, const std::vector<std::int64_t>& first,
                  const std::vector<std::int64_t>& last) {
    Sweep sweep;
    sweep.groups = p.groups;
    sweep.images = p.batch;
    sweep.channels = p.out_channels_per_group();
    sweep.target_channels = p.in_channels_per_group();
    sweep.contiguous = true;
    std::vector<std::int64_t> first_q;
    std::int64_t count = 1;
    for (std::size_t i = 0; i < p.axes.size(); ++i) {
        const PhaseWindow window = window_over_dy(p.axes[i], first[i], last[i]);
        sweep.axes.push_back(window.axis);
        first_q.push_back(window.first_q);
        sweep.target_step[i] = p.axes[i].stride;
        sweep.target_extent[i] = p.axes[i].in;
        sweep.contiguous = sweep.contiguous && p.axes[i].stride == 1;
        sweep.fills_lines = first[i] == 0 && last[i] == p.axes[i].stride - 1;
        count *= last[i] - first[i] + 1;
    }
    sweep.phases.assign(static_cast<std::size_t>(count), {});
    for (std::size_t index = 0; index < sweep.phases.size(); ++index) {
        auto rest = static_cast<std::int64_t>(index);
        for (std::size_t i = p.axes.size(); i-- > 0;) {
            const std::int64_t phases = last[i] - first[i] + 1;
            const std::int64_t phase = first[i] + rest % phases;
            rest /= phases;
            sweep.phases[index].offset[i] = first_q[i] * p.axes[i].stride + phase - p.axes[i].pad;
            sweep.phases[index].first_tap[i] = phase;
        }
    }
    return sweep;
}

/// Whether two phases of an axis can be staggered: without that the last result of a line is a pair with nothing.
bool can_be_staggered(const Axis& a) { return a.stride == 2 && a.pad % 2 == 1 && a.kernel % 2 == 0; }

/// A sweep over all phases with those of the last axis staggered: x = 2q is phase 1 of the position before, 2q + 1 phase 0.
Sweep staggered_sweep(Sweep sweep, const Axis& a) {
    const std::size_t last = sweep.axes.size() - 1;
    Axis& window = sweep.axes[last];
    window.kernel = a.kernel / 2 + 1;
    window.out = ceil_divide(a.in, 2);
    window.pad = a.kernel / 2 - 1 - a.pad / 2;
    for (std::size_t index = 0; index < sweep.phases.size(); ++index) {
        const auto second = static_cast<std::int64_t>(index % 2);
        sweep.phases[index].offset[last] = second;
        sweep.phases[index].first_tap[last] = second - 1;
    }
    sweep.staggered = true;
    return sweep;
}

/// Sweeps with the phases of the axes from `merged` on in one, and those of the axes before apart.
std::vector<Sweep> sweeps_with_merged(const ConvolutionProblem& p, std::size_t merged) {
    std::vector<std::int64_t> first(p.axes.size(), 0), last;
    for (const Axis& axis : p.axes) {
        last.push_back(axis.stride - 1);
    }
    std::fill_n(last.begin(), merged, 0);
    std::vector<Sweep> sweeps;
    for (;;) {
        Sweep sweep = phase_sweep(p, first, last);
        if (sweep.positions() > 0) {
            sweeps.push_back(std::move(sweep));
        }
        std::size_t axis = merged;
        while (axis > 0 && first[axis - 1] + 1 == p.axes[axis - 1].stride) {
            --axis;
            first[axis] = last[axis] = 0;
        }
        if (axis == 0) {
            return sweeps;
        }
        last[axis - 1] = ++first[axis - 1];
    }
}

}  // namespace

std::int64_t Sweep::positions() const { return product(axes, &Axis::out); }
std::int64_t Sweep::source_positions() const { return product(axes, &Axis::in); }
std::int64_t Sweep::taps() const { return product(axes, &Axis::kernel); }

std::int64_t Sweep::target_positions() const {
    std::int64_t result = 1;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        result *= target_extent[i];
    }
    return result;
}

Sweep forward_sweep(const ConvolutionProblem& p) {
    Sweep sweep;
    sweep.axes = p.axes;
    sweep.groups = p.groups;
    sweep.images = p.batch;
    sweep.channels = p.in_channels_per_group();
    sweep.target_channels = p.out_channels_per_group();
    for (std::size_t i = 0; i < p.axes.size(); ++i) {
        sweep.target_step[i] = 1;
        sweep.target_extent[i] = p.axes[i].out;
    }
    return sweep;
}

// Phases that are merged read the same columns, and their results are adjacent. But where they have unequal taps some
// products are with zeros, and some positions are beyond the edge for some phases. An axis of one phase has none to merge.
std::vector<std::vector<Sweep>> backward_data_sweeps(const ConvolutionProblem& p) {
    constexpr std::int64_t most_sweeps = 1024;
    std::vector<std::vector<Sweep>> ways;
    std::int64_t apart = 1;
    for (std::size_t merged = 0; merged <= p.axes.size() && apart <= most_sweeps; ++merged) {
        if (merged == 0 || p.axes[merged - 1].stride > 1) {
            ways.push_back(sweeps_with_merged(p, merged));
        }
        apart *= merged < p.axes.size() ? p.axes[merged].stride : 1;
    }
    if (can_be_staggered(p.axes.back()) && !ways.front().empty()) {
        ways.push_back({staggered_sweep(ways.front().front(), p.axes.back())});
    }
    return ways;
}

}  // namespace convnet::direct
