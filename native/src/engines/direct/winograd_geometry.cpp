#include "engines/direct/winograd_geometry.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

struct Side {
    Axis positions;
    TileSource source;
    TileTarget target;
};

/// Taps of a phase of the stride.
std::int64_t taps_of(const Axis& a) { return a.kernel / a.stride; }

// Position i reads element i * stride + phase + stride * tap - pad: each phase is a set.
Side forward_side(const Axis& a) {
    Side side{a, {a.in, a.pad, a.stride, {}}, {a.out, 1, {0}}};
    for (std::int64_t phase = 0; phase < a.stride; ++phase) {
        side.source.offsets.push_back(phase);
    }
    return side;
}

// Element x = q * stride + phase - pad reads elements q - tap, as sweep.hpp derives: each phase is a set, with positions
// from its first q on.
Side backward_side(const Axis& a) {
    const std::int64_t taps = taps_of(a);
    Side side{a, {a.out, 0, 1, {}}, {a.in, a.stride, {}}};
    side.positions.out = 0;
    for (std::int64_t phase = 0; phase < a.stride; ++phase) {
        const std::int64_t first = ceil_divide(a.pad - phase, a.stride);
        const std::int64_t end = floor_divide(a.in - 1 + a.pad - phase, a.stride) + 1;
        side.positions.out = std::max(side.positions.out, end - first);
        side.source.offsets.push_back(first - (taps - 1) * a.dilation);
        side.target.offsets.push_back(first * a.stride + phase - a.pad);
    }
    side.source.pad = -*std::min_element(side.source.offsets.begin(), side.source.offsets.end());
    for (std::int64_t& offset : side.source.offsets) {
        offset += side.source.pad;
    }
    return side;
}

}  // namespace

WinogradGeometry WinogradGeometry::with_set(std::int64_t set) const {
    WinogradGeometry result = *this;
    const auto row = static_cast<std::size_t>(set / target.columns.sets());
    const auto column = static_cast<std::size_t>(set % target.columns.sets());
    result.source.rows.offsets = {source.rows.offsets[row]};
    result.source.columns.offsets = {source.columns.offsets[column]};
    result.target.rows.offsets = {target.rows.offsets[row]};
    result.target.columns.offsets = {target.columns.offsets[column]};
    return result;
}

std::optional<WinogradGeometry> winograd_geometry(const ConvolutionProblem& p, WeightUse use) {
    constexpr std::int64_t most_dilation = 64, longest_row = 2048, most_stride = 4;
    if (p.axes.size() != 2) {
        return std::nullopt;
    }
    for (const Axis& a : p.axes) {
        if (a.kernel % a.stride != 0 || a.stride > most_stride || (a.stride > 1 && a.dilation > 1) ||
            a.dilation > most_dilation || std::max(a.in, a.out) > longest_row || taps_of(a) != taps_of(p.axes[0])) {
            return std::nullopt;
        }
    }
    const auto side_of = use == WeightUse::forward ? forward_side : backward_side;
    const Side rows = side_of(p.axes[0]), columns = side_of(p.axes[1]);
    if (rows.source.pad < 0 || columns.source.pad < 0) {
        return std::nullopt;
    }
    return WinogradGeometry{rows.positions,
                            columns.positions,
                            {rows.source, columns.source},
                            {rows.target, columns.target},
                            taps_of(p.axes[0])};
}

std::optional<SpaceToDepth> space_to_depth(const ConvolutionProblem& p, WeightUse use) {
    if (use != WeightUse::forward || p.axes.size() != 2 || p.axes[0].stride * p.axes[1].stride == 1) {
        return std::nullopt;
    }
    SpaceToDepth result{p, {}};
    for (Axis& a : result.dense.axes) {
        if (a.dilation > 1 || a.pad < 0) {
            return std::nullopt;
        }
        result.dense.in_channels *= a.stride;
        a.kernel = ceil_divide(a.kernel, a.stride);
        a.in = a.out + a.kernel - 1;
        a.stride = 1;
        a.pad = 0;
    }
    const auto geometry = winograd_geometry(result.dense, use);
    if (!geometry) {
        return std::nullopt;
    }
    const auto source_of = [](const Axis& a) { return TileSource{a.in, a.pad, 1, {0}, a.stride}; };
    result.geometry = *geometry;
    result.geometry.source = {source_of(p.axes[0]), source_of(p.axes[1])};
    return result;
}

bool has_products_to_save(const ConvolutionProblem& p) {
    constexpr std::int64_t least_products = std::int64_t{1} << 22;
    return p.batch * p.out_positions() * p.out_channels * p.column_rows_per_group() >= least_products;
}

}  // namespace convnet::direct
