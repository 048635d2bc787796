#include "engines/direct/depthwise_layout.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t longest_row = 1 << 16;  // padded; rows are not cut, and should not crowd the caches out
constexpr std::int64_t band_elements = 6144;   // of padded source: half of a first-level cache, in float
constexpr std::int64_t slack = 64;             // whole blocks of vectors are read, past the last element by less

DepthwiseAxis forward_axis(const Axis& a) {
    DepthwiseAxis axis{a.in, a.out, a.stride, a.pad, 0, {{}}};
    for (std::int64_t tap = 0; tap < a.kernel; ++tap) {
        axis.phases[0].push_back({tap, tap * a.dilation});
    }
    axis.reach = (a.kernel - 1) * a.dilation;
    return axis;
}

// Element stride * q + p of x is read through the taps whose distance to it, p + pad - tap * dilation, is a multiple
// of the stride; then by the element of y at q + distance / stride.
DepthwiseAxis backward_axis(const Axis& a) {
    DepthwiseAxis axis{a.out, a.in, 1, 0, 0, {}};
    axis.phases.resize(static_cast<std::size_t>(a.stride));
    for (std::int64_t p = 0; p < a.stride; ++p) {
        for (std::int64_t tap = a.kernel - 1; tap >= 0; --tap) {
            const std::int64_t distance = p + a.pad - tap * a.dilation;
            if (distance % a.stride == 0) {
                const std::int64_t offset = distance / a.stride;
                axis.phases[static_cast<std::size_t>(p)].push_back({tap, offset});
                axis.lead = std::max(axis.lead, -offset);
            }
        }
    }
    for (auto& taps : axis.phases) {
        for (DepthwiseAxis::Tap& tap : taps) {
            tap.offset += axis.lead;
            axis.reach = std::max(axis.reach, tap.offset);
        }
    }
    return axis;
}

DepthwiseAxis axis_of(const Axis& axis, WeightUse use) {
    return use == WeightUse::forward ? forward_axis(axis) : backward_axis(axis);
}

}  // namespace

bool is_depthwise(const ConvolutionProblem& p) {
    constexpr std::int64_t most_outputs = 4;
    if (p.in_channels_per_group() != 1 || p.out_channels_per_group() > most_outputs || p.axes.empty() ||
        p.axes.size() > 2) {
        return false;
    }
    const Axis& axis = p.axes.back();
    return axis.in + 2 * axis.pad <= longest_row && axis.out <= longest_row;
}

std::int64_t DepthwiseAxis::positions() const { return ceil_divide(target, static_cast<std::int64_t>(phases.size())); }

DepthwiseLayout::DepthwiseLayout(const ConvolutionProblem& p, WeightUse use)
    : rows(axis_of(p.axes.size() > 1 ? p.axes.front() : Axis{}, use)),
      columns(axis_of(p.axes.back(), use)),
      images(p.batch),
      groups(p.groups),
      sources(use == WeightUse::forward ? 1 : p.out_channels_per_group()),
      targets(use == WeightUse::forward ? p.out_channels_per_group() : 1),
      weights(p.taps()) {
    pitch = whole_lines(ceil_divide(columns.padded(columns.positions()), columns.step));
    row = pitch * columns.step;
    const std::int64_t fitting = std::max(band_elements / (row * sources), rows.reach + 1 + 3 * rows.step);
    bands = ceil_divide(rows.positions(), (fitting - rows.reach - 1) / rows.step + 1);
    band = ceil_divide(rows.positions(), bands);
    bands = ceil_divide(rows.positions(), band);
    plane = rows.padded(band) * row;
    find_taps(p.axes.back().kernel);
}

void DepthwiseLayout::find_taps(std::int64_t kernel_columns) {
    first_tap.push_back(0);
    for (const auto& row_phase : rows.phases) {
        for (const auto& column_phase : columns.phases) {
            for (std::int64_t channel = 0; channel < sources; ++channel) {
                for (const auto& [r, row_offset] : row_phase) {
                    for (const auto& [c, column_offset] : column_phase) {
                        taps.push_back({channel * weights + r * kernel_columns + c,
                                        channel * plane + row_offset * row + column_offset % columns.step * pitch +
                                            column_offset / columns.step});
                    }
                }
            }
            first_tap.push_back(static_cast<std::int32_t>(taps.size()));
        }
    }
}

std::int64_t DepthwiseLayout::spare() const { return whole_lines(sources * plane + slack); }

std::int64_t DepthwiseLayout::spare_elements() const {
    const std::int64_t phases = static_cast<std::int64_t>(columns.phases.size());
    const std::int64_t split = columns.step > 1 ? (cpu::rows_split_at_once + 1) * row + slack : 0;
    return split + (phases > 2 ? 2 * phases * whole_lines(columns.positions()) : 0);
}

template <class T>
void DepthwiseLayout::pad(const cpu::Kernels<T>& kernels, const T* source, std::int64_t image, std::int64_t group,
                          std::int64_t band_index, T* scratch) const {
    const std::int64_t first = band_index * band, positions = std::min(band, rows.positions() - first);
    for (std::int64_t channel = 0; channel < sources; ++channel) {
        kernels.pad({source + ((image * groups + group) * sources + channel) * source_elements(), rows.source,
                     columns.source, first * rows.step - rows.lead, 1, rows.padded(positions), columns.lead,
                     columns.step, pitch, pitch, row, scratch + spare(), scratch + channel * plane});
    }
}

template void DepthwiseLayout::pad(const cpu::Kernels<float>&, const float*, std::int64_t, std::int64_t, std::int64_t,
                                   float*) const;
template void DepthwiseLayout::pad(const cpu::Kernels<double>&, const double*, std::int64_t, std::int64_t, std::int64_t,
                                   double*) const;

}  // namespace convnet::direct
