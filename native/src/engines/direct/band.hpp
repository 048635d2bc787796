// The source of a sweep over one axis or two, copied with zeros around it a band of rows at a time, so that no window
// leaves it any more. Where windows are strided each row is split into parts of every stride-th element, and rows
// likewise, so that adjacent positions read adjacent elements: position (r, q) is number r * pitch + q, and each tap
// reads at a constant distance from it. The numbers between the last position of a row and the next row are computed
// too, and are not stored.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// What windows over a block of channels are read from: planes so far apart.
template <class T>
struct Windows {
    const T* data;
    std::int64_t plane;
};

class Band {
public:
    /// Of `rows` rows of positions.
    Band(const Sweep& sweep, std::int64_t rows);

    /// One axis or two, with rows short enough to be copied whole.
    static bool is_for(const Sweep& sweep);

    std::int64_t rows() const { return rows_; }
    std::int64_t all_rows() const { return row_axis_.out; }  ///< Of an image.
    std::int64_t bands() const;                              ///< How many cover them.
    std::int64_t pitch() const { return pitch_; }
    std::int64_t plane() const { return plane_; }  ///< Elements of a channel.
    const std::int64_t* offsets() const { return offsets_.data(); }

    /// Whether the source itself can be the band: no window leaves it, and none are strided.
    bool is_source() const { return is_source_; }

    /// Where row `first` of positions begins in a plane that is the band.
    std::int64_t begin(std::int64_t first) const { return (first - row_axis_.pad) * pitch_; }

    /// From the first position to the last, for so many rows of positions.
    std::int64_t positions(std::int64_t rows) const { return (rows - 1) * pitch_ + columns_.out; }

    /// Beside the planes themselves: what is read behind the last one, and what pad() needs.
    std::int64_t spare_elements() const { return slack + unsplit_; }

    /// The elements of a source plane that `count` rows of positions from `first` on read.
    Range elements(std::int64_t first, std::int64_t count) const;

    /// Copies `channels` planes from `source` on for `count` rows of positions from `first` on. `out` has room for the
    /// planes and spare_elements().
    template <class T>
    void pad(const cpu::Kernels<T>& kernels, const T* source, std::int64_t channels, std::int64_t first,
             std::int64_t count, T* out) const;

    /// The same without a copy where the source itself can be read, which ends at `end`.
    template <class T>
    Windows<T> windows(const cpu::Kernels<T>& kernels, const T* source, const T* end, std::int64_t channels,
                       std::int64_t first, std::int64_t count, T* out) const;

private:
    static constexpr std::int64_t slack = 64;

    Axis row_axis_, columns_;
    std::int64_t rows_, lead_, ahead_, trailing_ = 0, pitch_, part_rows_, part_stride_, plane_, unsplit_;
    bool is_source_;
    std::vector<std::int64_t> offsets_;
};

}  // namespace convnet::direct
