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

/// Whether each phase has `count` taps side by side, phase p from offset p * shift on.
bool has_taps(const DepthwiseAxis& axis, std::size_t phases, std::int64_t count, std::int64_t shift) {
    if (axis.phases.size() != phases) {
        return false;
    }
    std::int64_t offset = 0;
    for (const auto& taps : axis.phases) {
        for (std::int64_t i = 0; i < count; ++i) {
            if (std::ssize(taps) != count || taps[static_cast<std::size_t>(i)].offset != offset + i) {
                return false;
            }
        }
        offset += shift;
    }
    return true;
}

/// The size of windows that the kernels know how to move over a plane, or 0.
int size_of_windows(const DepthwiseAxis& rows, const DepthwiseAxis& columns) {
    const auto both_have = [&](std::size_t phases, std::int64_t count, std::int64_t shift) {
        return has_taps(rows, phases, count, shift) && has_taps(columns, phases, count, shift);
    };
    for (const int size : {3, 5}) {
        if (rows.step == columns.step && rows.step <= 2 && both_have(1, size, 0)) {
            return size;
        }
    }
    for (const int shift : {0, 1}) {
        if (both_have(2, 2, shift)) {
            return 2 + shift;
        }
    }
    return 0;
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
      weights(p.taps()),
      window(sources == 1 ? size_of_windows(rows, columns) : 0) {
    if (window > 0) {
        row = pitch = whole_lines(span());
    } else {
        pitch = whole_lines(ceil_divide(columns.padded(columns.positions()), columns.step));
        row = pitch * columns.step;
    }
    const std::int64_t fitting = std::max(band_elements / (row * sources), rows.reach + 1 + 3 * rows.step);
    bands = ceil_divide(rows.positions(), (fitting - rows.reach - 1) / rows.step + 1);
    band = ceil_divide(rows.positions(), bands);
    bands = ceil_divide(rows.positions(), band);
    plane = (rows.padded(band) + (window > 0 ? rows.reach + 1 : 0)) * row;  // windows copy the same rows twice at most
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

std::int64_t DepthwiseLayout::of_task(const ConvolutionProblem& problem, std::int64_t parts) const {
    constexpr std::int64_t products = 1 << 15;
    const std::int64_t of_part = images * problem.out_channels * problem.out_positions() * weights / parts;
    return std::clamp(products / std::max<std::int64_t>(of_part, 1), std::int64_t{1}, parts);
}

/// Elements of a row that windows read, in whole vectors.
std::int64_t DepthwiseLayout::span() const {
    constexpr std::int64_t most_lanes = 16;
    return columns.step * std::max(columns.positions(), most_lanes) + columns.reach;
}

// Rows are read where they lie with what is to the left and to the right of them, and that is memory of the source. In
// all planes but those at its ends, all are.
std::pair<std::int64_t, std::int64_t> DepthwiseLayout::rows_in_place(std::int64_t plane_index) const {
    const std::int64_t before = plane_index * source_elements() - columns.lead;
    const std::int64_t after = (images * groups - plane_index) * source_elements() + columns.lead - span();
    if (before >= 0 && after >= (rows.source - 1) * columns.source) {
        return {0, rows.source};
    }
    const std::int64_t begin = std::clamp<std::int64_t>(ceil_divide(-before, columns.source), 0, rows.source);
    return {begin, std::clamp(floor_divide(after, columns.source) + 1, begin, rows.source)};
}

template <class T>
cpu::DepthwiseWindows<T> DepthwiseLayout::windows(const cpu::Kernels<T>& kernels, const T* source, std::int64_t image,
                                                  std::int64_t group, std::int64_t band_index, T* scratch) const {
    const std::int64_t position = band_index * band, count = std::min(band, rows.positions() - position);
    const std::int64_t plane_index = image * groups + group;
    const T* const source_plane = source + plane_index * source_elements();
    const auto in_place = rows_in_place(plane_index);
    // Of the source, what the first windows see first; position p sees so many rows from first + p * step on.
    const std::int64_t first = position * rows.step - rows.lead, seen = rows.reach + 1;
    const int shift = rows.step == 2 ? 1 : 0;
    const std::int64_t begin =
        std::clamp<std::int64_t>((std::max<std::int64_t>(in_place.first - first, 0) + shift) >> shift, 0, count);
    const std::int64_t end = std::clamp<std::int64_t>(((in_place.second - first - seen) >> shift) + 1, begin, count);

    using Rows = typename cpu::DepthwiseWindows<T>::Rows;
    const auto lying = [&](std::int64_t from, std::int64_t to) {
        return Rows{source_plane + (first + from * rows.step) * columns.source - columns.lead, columns.source, from,
                    to};
    };
    const auto edge = [&](std::int64_t from, std::int64_t to, T* copies) {
        const std::int64_t from_row = first + from * rows.step;
        if (from == to || (in_place.first <= std::max<std::int64_t>(from_row, 0) &&
                           in_place.second >= std::min(rows.source, from_row + rows.padded(to - from)))) {
            return lying(from, to);
        }
        kernels.pad({source_plane, rows.source, columns.source, from_row, 1, rows.padded(to - from), columns.lead, 1,
                     pitch, pitch, pitch, nullptr, copies});
        return Rows{copies, pitch, from, to};
    };
    return {lying(begin, end),
            {edge(0, begin, scratch), edge(end, count, scratch + rows.padded(begin) * pitch)},
            -first,
            rows.source - first,
            columns.positions(),
            columns.lead,
            columns.source,
            source_elements(),
            window,
            static_cast<int>(rows.step)};
}

std::int64_t DepthwiseLayout::spare() const { return whole_lines(sources * plane + slack); }

std::int64_t DepthwiseLayout::spare_elements() const {
    const std::int64_t phases = static_cast<std::int64_t>(columns.phases.size());
    const std::int64_t split = columns.step > 1 && window == 0 ? (cpu::rows_split_at_once + 1) * row + slack : 0;
    return split + (phases > 2 ? 2 * phases * whole_lines(columns.positions()) : 0);
}

template <class T>
void DepthwiseLayout::pad(const cpu::Kernels<T>& kernels, const T* source, std::int64_t image, std::int64_t group,
                          std::int64_t band_index, T* scratch) const {
    const std::int64_t first = band_index * band, positions = std::min(band, rows.positions() - first);
    for (std::int64_t channel = 0; channel < sources; ++channel) {
        kernels.pad({source + ((image * groups + group) * sources + channel) * source_elements(), rows.source,
                     columns.source, first * rows.step - rows.lead, 1, rows.padded(positions), columns.lead,
                     columns.step, pitch, pitch, row, scratch + spare(), scratch + channel * plane,
                     fetched_ahead(images * groups * sources, source_elements())});
    }
}

#define CONVNET_INSTANTIATE(T)                                                                                         \
    template void DepthwiseLayout::pad(const cpu::Kernels<T>&, const T*, std::int64_t, std::int64_t, std::int64_t, T*) \
        const;                                                                                                         \
    template cpu::DepthwiseWindows<T> DepthwiseLayout::windows(const cpu::Kernels<T>&, const T*, std::int64_t,         \
                                                               std::int64_t, std::int64_t, T*) const;
CONVNET_INSTANTIATE(float)
CONVNET_INSTANTIATE(double)
#undef CONVNET_INSTANTIATE

}  // namespace convnet::direct
