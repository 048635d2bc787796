// Where the windows of groups with one channel lie. Forward reads x and writes y; backward data, as in sweep.hpp, reads
// dy and writes dx, whose elements on each axis fall into one phase for each of `stride` remainders. Either way the plane
// is computed a band at a time. The usual windows read the source where it lies. For others it is copied into padded
// rows, where no window leaves it any more.
#pragma once

#include <utility>
#include <vector>

#include "devices/cpu/kernels/depthwise_kernels.hpp"
#include "devices/cpu/kernels/kernels.hpp"
#include "engines/engine.hpp"

namespace convnet::direct {

/// Groups of one input channel and few outputs, on one axis or two, with rows that fit a cache. The rest is for others.
bool is_depthwise(const ConvolutionProblem& problem);

/// One axis: target position * phases.size() + p reads padded source positions position * step + offset, one for each
/// tap of phase p.
struct DepthwiseAxis {
    struct Tap {
        std::int64_t tap, offset;
    };

    std::int64_t source = 1, target = 1, step = 1;
    std::int64_t lead = 0;   ///< Zeros before the source.
    std::int64_t reach = 0;  ///< The largest offset.
    std::vector<std::vector<Tap>> phases;

    /// Target positions of the phase that has most.
    std::int64_t positions() const;
    /// Padded source positions that so many target positions of each phase read.
    std::int64_t padded(std::int64_t positions) const { return (positions - 1) * step + reach + 1; }
};

struct DepthwiseLayout {
    DepthwiseLayout(const ConvolutionProblem& problem, WeightUse use);

    DepthwiseAxis rows, columns;
    std::int64_t images, groups;
    std::int64_t sources, targets;  ///< Channels of a group; one of them is 1.
    std::int64_t weights;           ///< Of a pair of channels.

    int window;  ///< The size of square windows that read the source where it lies; 0 where it is copied.

    std::int64_t pitch;        ///< Of a part of a padded row.
    std::int64_t row;          ///< Of a padded row, all its parts.
    std::int64_t band, bands;  ///< Positions of the row axis that are computed at a time, and how often.
    std::int64_t plane;        ///< Of a band of one source channel.

    std::vector<cpu::DepthwiseTap> taps;  ///< Of every row phase and, within it, every column phase.
    std::vector<std::int32_t> first_tap;  ///< One more than there are pairs of phases.

    std::int64_t source_elements() const { return rows.source * columns.source; }
    std::int64_t target_elements() const { return rows.target * columns.target; }

    /// So many of the parts that a pass falls into make a task that the next is not asked for all the time.
    std::int64_t of_task(const ConvolutionProblem& problem, std::int64_t parts) const;

    /// Of a thread: the bands, rows before they are split, and rows of phases before they are interleaved.
    std::int64_t scratch_elements() const { return spare() + spare_elements(); }

    /// The windows of a band, after the rows that they cannot read where they lie were copied into the scratch.
    template <class T>
    cpu::DepthwiseWindows<T> windows(const cpu::Kernels<T>& kernels, const T* source, std::int64_t image,
                                     std::int64_t group, std::int64_t band_index, T* scratch) const;

    /// Copies into the scratch what a band reads of the source channels of a group.
    template <class T>
    void pad(const cpu::Kernels<T>& kernels, const T* source, std::int64_t image, std::int64_t group,
             std::int64_t band_index, T* scratch) const;

    /// Where in the scratch what is kept beside the bands begins.
    std::int64_t spare() const;

private:
    std::int64_t span() const;
    std::pair<std::int64_t, std::int64_t> rows_in_place(std::int64_t plane_index) const;
    void find_taps(std::int64_t kernel_columns);
    std::int64_t spare_elements() const;
};

}  // namespace convnet::direct
