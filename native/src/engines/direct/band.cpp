#include "engines/direct/band.hpp"

#include <algorithm>

#include "engines/direct/pass.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

std::int64_t reach(const Axis& axis) { return std::max<std::int64_t>(axis.kernel - 1, 0) * axis.dilation; }

/// Rows fall into parts of every stride-th row, of which windows read these.
std::int64_t row_parts(const Axis& axis) { return std::min(axis.stride, std::max<std::int64_t>(1, reach(axis) + 1)); }

/// Whether windows lie side by side, and none leaves the source.
bool stays_inside(const Axis& axis) {
    return axis.stride == 1 && axis.kernel > 0 && axis.pad <= 0 && axis.out - axis.pad + reach(axis) <= axis.in;
}

}  // namespace

bool Band::is_for(const Sweep& sweep) {
    constexpr std::int64_t longest_row = 4096;
    const auto fits = [](const Axis& axis) { return axis.in <= longest_row && axis.out <= longest_row; };
    return sweep.axes.size() <= 2 && fits(sweep.axes.front()) && fits(sweep.axes.back()) && sweep.taps() > 0;
}

Band::Band(const Sweep& sweep, std::int64_t rows)
    : row_axis_(sweep.axes.size() > 1 ? sweep.axes.front() : Axis{}),
      columns_(sweep.axes.back()),
      rows_(std::min(rows, row_axis_.out)),
      lead_(std::max<std::int64_t>(columns_.pad, 0)),
      ahead_(fetched_ahead(sweep.images * sweep.groups * sweep.channels, sweep.source_positions())),
      is_source_(stays_inside(row_axis_) && stays_inside(columns_)) {
    // Where the padding is negative, columns before the first window are copied nevertheless.
    const std::int64_t skipped = lead_ - columns_.pad;
    pitch_ = columns_.out + (skipped + reach(columns_)) / columns_.stride;
    if (is_source_) {
        pitch_ = columns_.in;
    } else if (columns_.stride == 1) {
        // Zeros before a row are those behind the row above it.
        const std::int64_t shared = std::max(columns_.out, lead_ + columns_.in);
        trailing_ = std::min(pitch_ - shared, lead_);
        pitch_ = trailing_ > 0 ? pitch_ - trailing_ : pitch_;
        trailing_ = std::max<std::int64_t>(trailing_, 0);
    }
    part_rows_ = rows_ + reach(row_axis_) / row_axis_.stride;
    part_stride_ = row_parts(row_axis_) * part_rows_ * pitch_ + trailing_ + slack;
    // Planes a multiple of many cache lines apart would all want the same few places of a cache.
    constexpr std::int64_t few = 1024, line = 16;
    plane_ = whole_lines(columns_.stride * part_stride_);
    plane_ += plane_ % few == 0 ? line : 0;
    unsplit_ = columns_.stride > 1 ? (cpu::rows_split_at_once + 1) * columns_.stride * whole_lines(pitch_) + slack : 0;
    for (std::int64_t r = 0; r < row_axis_.kernel; ++r) {
        const std::int64_t row = r * row_axis_.dilation;
        for (std::int64_t c = 0; c < columns_.kernel; ++c) {
            const std::int64_t column = skipped + c * columns_.dilation;
            offsets_.push_back(column % columns_.stride * part_stride_ +
                               (row % row_axis_.stride * part_rows_ + row / row_axis_.stride) * pitch_ +
                               column / columns_.stride);
        }
    }
}

std::int64_t Band::bands() const { return ceil_divide(row_axis_.out, rows_); }

Range Band::elements(std::int64_t first, std::int64_t count) const {
    const std::int64_t begin = first * row_axis_.stride - row_axis_.pad;
    const std::int64_t end = begin + (count - 1) * row_axis_.stride + reach(row_axis_) + 1;
    return {std::clamp<std::int64_t>(begin, 0, row_axis_.in) * columns_.in,
            std::clamp<std::int64_t>(end, 0, row_axis_.in) * columns_.in};
}

template <class T>
void Band::pad(const cpu::Kernels<T>& kernels, const T* source, std::int64_t channels, std::int64_t first,
               std::int64_t count, T* out) const {
    T* const unsplit = out + channels * plane_ + slack;
    const std::int64_t part_rows = count + reach(row_axis_) / row_axis_.stride;
    for (std::int64_t channel = 0; channel < channels; ++channel, source += row_axis_.in * columns_.in, out += plane_) {
        for (std::int64_t part = 0; part < row_parts(row_axis_); ++part) {
            kernels.pad({source, row_axis_.in, columns_.in, first * row_axis_.stride - row_axis_.pad + part,
                         row_axis_.stride, part_rows, lead_, columns_.stride, pitch_, part_stride_, pitch_, unsplit,
                         out + part * part_rows_ * pitch_, ahead_});
            std::fill_n(out + (part * part_rows_ + part_rows) * pitch_, trailing_, T{0});
        }
    }
}

// The last vectors of the last channel may end behind the source.
template <class T>
Windows<T> Band::windows(const cpu::Kernels<T>& kernels, const T* source, const T* end, std::int64_t channels,
                         std::int64_t first, std::int64_t count, T* out) const {
    // Planes a multiple of many cache lines apart would all want the same few places of a cache.
    constexpr std::int64_t few = 256;
    const std::int64_t positions_of_source = row_axis_.in * columns_.in;
    const std::int64_t read =
        begin(first) + (channels - 1) * positions_of_source + offsets_.back() + positions(count) + kernels.lanes;
    if (is_source_ && positions_of_source % few != 0 && read <= end - source) {
        return {source + begin(first), positions_of_source};
    }
    pad(kernels, source, channels, first, count, out);
    return {out, plane()};
}

#define CONVNET_INSTANTIATE(T)                                                                                     \
    template void Band::pad(const cpu::Kernels<T>&, const T*, std::int64_t, std::int64_t, std::int64_t, T*) const; \
    template Windows<T> Band::windows(const cpu::Kernels<T>&, const T*, const T*, std::int64_t, std::int64_t,      \
                                      std::int64_t, T*) const
CONVNET_INSTANTIATE(float);
CONVNET_INSTANTIATE(double);
#undef CONVNET_INSTANTIATE

}  // namespace convnet::direct
