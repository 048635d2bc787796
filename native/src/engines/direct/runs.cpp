#include "engines/direct/runs.hpp"

#include <algorithm>

namespace convnet::direct {
namespace {

/// The index of the first element of the source row that position `outer` reads through `tap`, both counted over all
/// axes but the last; -1 in the padding.
std::int64_t source_row(const std::vector<Axis>& axes, std::int64_t outer, std::int64_t tap) {
    std::int64_t row = 0, rows = 1;
    for (std::size_t i = axes.size() - 1; i-- > 0;) {
        const Axis& axis = axes[i];
        const std::int64_t in = input_index(axis, outer % axis.out, tap % axis.kernel);
        if (in < 0 || in >= axis.in) {
            return -1;
        }
        row += in * rows;
        rows *= axis.in;
        outer /= axis.out;
        tap /= axis.kernel;
    }
    return row * axes.back().in;
}

}  // namespace

void PanelRuns::find_rows(const Sweep& sweep, std::int64_t first, std::int64_t count) {
    const std::int64_t positions = sweep.positions();
    const std::int64_t last_out = sweep.axes.back().out;
    rows_.clear();
    for (std::int64_t done = 0; done < count;) {
        const std::int64_t image = (first + done) / positions;
        const std::int64_t position = (first + done) % positions;
        const std::int64_t begin = position % last_out;
        const std::int64_t length = std::min(count - done, last_out - begin);
        rows_.push_back(
            {image, position / last_out, begin, static_cast<std::int32_t>(done), static_cast<std::int32_t>(length)});
        done += length;
    }
}

void PanelRuns::find(const Sweep& sweep, std::int64_t first, std::int64_t count) {
    find_rows(sweep, first, count);
    const Axis& last = sweep.axes.back();
    const std::int64_t taps = sweep.taps();
    const std::int64_t outer_taps = last.kernel == 0 ? 0 : taps / last.kernel;
    const std::int64_t image_stride = sweep.groups * sweep.channels * sweep.source_positions();

    sources_.clear();
    insides_.clear();
    for (const PanelRow& row : rows_) {
        for (std::int64_t tap = 0; tap < outer_taps; ++tap) {
            const std::int64_t source = source_row(sweep.axes, row.outer, tap);
            sources_.push_back(source < 0 ? -1 : row.image * image_stride + source);
        }
        for (std::int64_t tap = 0; tap < last.kernel; ++tap) {
            insides_.push_back(outputs_inside(last, tap, row.begin, row.begin + row.length));
        }
    }
    runs_.clear();
    first_run_.clear();
    for (std::int64_t tap = 0; tap < taps; ++tap) {
        const std::int64_t outer_tap = tap / last.kernel, last_tap = tap % last.kernel;
        first_run_.push_back(static_cast<std::int32_t>(runs_.size()));
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const PanelRow& row = rows_[i];
            const std::int64_t source =
                sources_[i * static_cast<std::size_t>(outer_taps) + static_cast<std::size_t>(outer_tap)];
            const Range inside =
                insides_[i * static_cast<std::size_t>(last.kernel) + static_cast<std::size_t>(last_tap)];
            if (source < 0) {
                runs_.push_back({0, row.target, row.length, 0, 0});
                continue;
            }
            runs_.push_back({source + input_index(last, inside.begin, last_tap), row.target,
                             static_cast<std::int32_t>(inside.begin - row.begin),
                             static_cast<std::int32_t>(inside.end - inside.begin),
                             static_cast<std::int32_t>(row.begin + row.length - inside.end)});
        }
    }
    first_run_.push_back(static_cast<std::int32_t>(runs_.size()));
}

std::int64_t PanelRuns::source_of(std::int64_t position, std::int64_t stride) const {
    const auto end = runs_.begin() + first_run_[1];
    const auto run = std::prev(
        std::upper_bound(runs_.begin(), end, position, [](std::int64_t p, const cpu::Run& r) { return p < r.target; }));
    return run->source + std::clamp<std::int64_t>(position - run->target - run->before, 0, run->length) * stride;
}

}  // namespace convnet::direct
