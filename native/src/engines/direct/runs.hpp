// Which elements of the source the columns of a panel are: runs along the last axis, for every tap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// A part of a panel within one row of the positions of one image.
struct PanelRow {
    std::int64_t image, outer, begin;  ///< Position `begin` of row `outer`, counted over all axes but the last.
    std::int32_t target, length;       ///< Where in the panel.
};

/// The rows of one panel and the runs of all taps in them. Kept between panels, so that it allocates once.
class PanelRuns {
public:
    /// Positions [first, first + count) of all images in a row.
    void find(const Sweep& sweep, std::int64_t first, std::int64_t count);

    std::span<const PanelRow> rows() const { return rows_; }
    const cpu::Run* runs() const { return runs_.data(); }
    const std::int32_t* first_run() const { return first_run_.data(); }

    /// Which element of a channel the first tap reads for a position of the panel, or one near it.
    std::int64_t source_of(std::int64_t position, std::int64_t stride) const;

private:
    void find_rows(const Sweep& sweep, std::int64_t first, std::int64_t count);

    std::vector<PanelRow> rows_;
    std::vector<cpu::Run> runs_;
    std::vector<std::int32_t> first_run_;
    std::vector<std::int64_t> sources_;  // of each row and outer tap: where the row begins, or -1 for padding
    std::vector<Range> insides_;         // of each row and tap of the last axis: which positions are inside
};

}  // namespace convnet::direct
