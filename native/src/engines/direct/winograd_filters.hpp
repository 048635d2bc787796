// The filters of Winograd's method, transformed into points, with target channels side by side in vectors.
#pragma once

#include "devices/cpu/kernels/winograd_kernels.hpp"
#include "engines/direct/filter_vectors.hpp"
#include "engines/direct/winograd_geometry.hpp"

namespace convnet::direct {

template <class T>
class WinogradFilters {
public:
    WinogradFilters(const ConvolutionProblem& problem, WeightUse use, const cpu::MinimalFiltering<T>& filtering,
                    const WinogradGeometry& geometry);

    /// Where filters lie: point p of the source channel c of line l at p * point + (l * channels + c) * width.
    struct Layout {
        std::int64_t point, channels, width;
    };
    /// Those of the vector of target channels from `row` on and of source channels [channel, channel + count), at most a
    /// vector of them, the first of which lie at `to`.
    void transform(const FilterVectors<T>& filters, std::int64_t group, std::int64_t row, std::int64_t channel,
                   std::int64_t count, const Layout& layout, T* to) const;

private:
    const cpu::MinimalFiltering<T>& filtering_;
    std::int64_t lanes_, rows_, columns_;  // taps of w
    std::int64_t row_stride_, column_stride_, sets_, across_, taps_;
    std::int64_t lines_;
    bool forward_;
};

extern template class WinogradFilters<float>;
extern template class WinogradFilters<double>;

}  // namespace convnet::direct
