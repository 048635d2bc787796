#include "engines/direct/band_gradient_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Rows of positions of a band: enough that those around it are little beside it.
std::int64_t rows_of_band(const Sweep& sweep) {
    constexpr std::int64_t wanted_positions = 448;
    const std::int64_t rows = sweep.axes.size() > 1 ? sweep.axes.front().out : 1;
    return even_part(rows, wanted_positions / sweep.axes.back().out);
}

/// Positions that are multiplied at a time: most often a whole band, as sums that are read and written more often cost
/// more than dy out of the second-level cache.
constexpr std::int64_t most_depth = 448;

GradientParts divide(const Sweep& sweep, const Band& band, int lanes) {
    // What a task sums, and what it reads for that, stays in the second-level cache.
    constexpr std::int64_t most_outputs = 144, most_sums = 64 * 1024, most_source = 64 * 1024, most_partial = 1 << 20;
    const std::int64_t outputs = even_part(ceil_divide(sweep.target_channels, lanes), most_outputs / lanes) * lanes;
    const std::int64_t most_channels = std::min(most_sums / (outputs * sweep.taps()), most_source / band.plane());
    return {sweep, outputs, even_part(sweep.channels, most_channels), sweep.images * band.bands(), 1, most_partial};
}

}  // namespace

bool BandGradientBlocks::is_for(const Sweep& sweep, int lanes) {
    constexpr double full_enough = 0.6;
    constexpr std::int64_t shortest_line = 12;
    const std::int64_t whole = ceil_divide(sweep.target_channels, lanes) * lanes;
    const bool full = static_cast<double>(sweep.target_channels) >= full_enough * static_cast<double>(whole);
    // Of what strided windows of one element are split into, they read a single part.
    const bool long_enough = sweep.taps() == 1 ? sweep.axes.back().stride == 1 : sweep.axes.back().out >= shortest_line;
    return full && long_enough && Band::is_for(sweep);
}

BandGradientBlocks::BandGradientBlocks(const Sweep& sweep, int lanes, int vectors)
    : band(sweep, rows_of_band(sweep)), parts(divide(sweep, band, lanes)) {
    panel = even_part(parts.outputs / lanes, vectors) * lanes;
    sums_stride = parts.outputs;
    source_elements = band.is_source() ? 0 : whole_lines(parts.channels * band.plane() + band.spare_elements());
    dy_elements = whole_lines(band.rows() * sweep.axes.back().out * sums_stride);
    sums_elements = whole_lines(parts.channels * sweep.taps() * sums_stride);
}

std::int64_t BandGradientBlocks::scratch_elements() const { return source_elements + dy_elements + 2 * sums_elements; }

template <class T>
BandGradientPass<T>::BandGradientPass(const ConvolutionProblem& problem)
    : kernels_(cpu::kernels<T>()),
      sweep_(forward_sweep(problem)),
      blocks_(sweep_, kernels_.lanes, kernels_.vectors),
      scratch_(blocks_.scratch_elements()) {
    const std::int64_t plane = blocks_.band.is_source() ? sweep_.source_positions() : blocks_.band.plane();
    for (std::int64_t row = 0; row < blocks_.parts.channels * sweep_.taps(); ++row) {
        windows_.push_back(row / sweep_.taps() * plane + blocks_.band.offsets()[row % sweep_.taps()]);
    }
}

template <class T>
std::int64_t BandGradientPass<T>::workspace_elements(int threads) const noexcept {
    return elements_of_parts(threads, scratch_) + blocks_.parts.partial_elements();
}

template <class T>
void BandGradientPass<T>::run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const {
    sum_in_parts(context, sweep_, blocks_.parts, scratch_, dw,
                 [&](const GradientPart& part, T* own, T* gradient, bool accumulate) {
                     T* const packed = own + blocks_.source_elements;
                     T* const sums = packed + blocks_.dy_elements;
                     const Scratch scratch{own, packed, sums, sums + blocks_.sums_elements};
                     run_part(part, x, dy, scratch);
                     add_turned(part, scratch, gradient, accumulate);
                 });
}

template <class T>
void BandGradientPass<T>::run_part(const GradientPart& part, const T* x, const T* dy, const Scratch& scratch) const {
    const Band& band = blocks_.band;
    for (std::int64_t index = part.first; index < part.end; ++index) {
        const std::int64_t image = index / band.bands(), first = index % band.bands() * band.rows();
        const std::int64_t count = std::min(band.rows(), band.all_rows() - first);
        const T* const planes =
            x + ((image * sweep_.groups + part.group) * sweep_.channels + part.channel) * sweep_.source_positions();
        pack_dy(part, image, first, count, dy, scratch.dy);
        if (band.is_source()) {
            multiply(part, count, planes + band.begin(first), scratch, index > part.first);
        } else {
            band.pad(kernels_, planes, part.channels, first, count, scratch.source);
            multiply(part, count, scratch.source, scratch, index > part.first);
        }
    }
}

// Panels of output channels, each [positions][channels of the panel in whole vectors].
template <class T>
void BandGradientPass<T>::pack_dy(const GradientPart& part, std::int64_t image, std::int64_t first, std::int64_t count,
                                  const T* dy, T* packed) const {
    const std::int64_t columns = sweep_.axes.back().out, positions = sweep_.positions();
    const T* const from = dy +
                          ((image * sweep_.groups + part.group) * sweep_.target_channels + part.output) * positions +
                          first * columns;
    for (std::int64_t output = 0; output < part.outputs; output += blocks_.panel) {
        const std::int64_t outputs = std::min(blocks_.panel, part.outputs - output);
        kernels_.transpose(from + output * positions, positions, outputs, count * columns,
                           packed + output * count * columns, ceil_divide(outputs, kernels_.lanes) * kernels_.lanes);
    }
}

template <class T>
void BandGradientPass<T>::multiply(const GradientPart& part, std::int64_t count, const T* source,
                                   const Scratch& scratch, bool accumulate) const {
    const std::int64_t columns = sweep_.axes.back().out, positions = count * columns;
    const std::int64_t lines = blocks_.band.pitch() == columns ? 1 : count, length = positions / lines;
    const std::int64_t most_lines = std::max<std::int64_t>(1, most_depth / length);
    const std::int64_t most_length = even_part(length, std::max(length * (most_lines - 1), most_depth));
    cpu::LinesTile<T> tile{};
    tile.line_stride = blocks_.band.pitch();
    tile.c.stride = blocks_.sums_stride;
    tile.c.accumulate = accumulate;
    for (std::int64_t line = 0; line < lines; line += most_lines) {
        tile.lines = std::min(most_lines, lines - line);
        for (std::int64_t column = 0; column < length; column += most_length) {
            tile.length = std::min(most_length, length - column);
            multiply_lines(part, positions, line * length + column, source + line * tile.line_stride + column, scratch,
                           tile);
            tile.c.accumulate = true;
        }
    }
}

/// The positions of the lines of `tile`, the first of which is number `position` of the band and at `source`.
template <class T>
void BandGradientPass<T>::multiply_lines(const GradientPart& part, std::int64_t positions, std::int64_t position,
                                         const T* source, const Scratch& scratch, cpu::LinesTile<T> tile) const {
    const std::int64_t rows = part.channels * sweep_.taps();
    for (std::int64_t output = 0; output < part.outputs; output += blocks_.panel) {
        const std::int64_t vectors = ceil_divide(std::min(blocks_.panel, part.outputs - output), kernels_.lanes);
        tile.vectors = static_cast<int>(vectors);
        tile.b = scratch.dy + output * positions + position * vectors * kernels_.lanes;
        for (std::int64_t row = 0; row < rows; row += kernels_.rows) {
            tile.rows = static_cast<int>(std::min<std::int64_t>(kernels_.rows, rows - row));
            for (int r = 0; r < tile.rows; ++r) {
                tile.a[r] = source + windows_[static_cast<std::size_t>(row + r)];
            }
            tile.c.data = scratch.sums + row * blocks_.sums_stride + output;
            kernels_.multiply_lines(tile);
        }
    }
}

/// Writes the sums of a task to where they are in a gradient, or adds them.
template <class T>
void BandGradientPass<T>::add_turned(const GradientPart& part, const Scratch& scratch, T* to, bool accumulate) const {
    const std::int64_t rows = part.channels * sweep_.taps(), depth = sweep_.depth();
    T* const block = to + (part.group * sweep_.target_channels + part.output) * depth + part.channel * sweep_.taps();
    if (!accumulate) {
        kernels_.transpose(scratch.sums, blocks_.sums_stride, rows, part.outputs, block, depth);
        return;
    }
    kernels_.transpose(scratch.sums, blocks_.sums_stride, rows, part.outputs, scratch.turned, rows);
    for (std::int64_t output = 0; output < part.outputs; ++output) {
        T* const line = block + output * depth;
        const T* const sums = scratch.turned + output * rows;
        for (std::int64_t i = 0; i < rows; ++i) {
            line[i] += sums[i];
        }
    }
}

template class BandGradientPass<float>;
template class BandGradientPass<double>;

}  // namespace convnet::direct
