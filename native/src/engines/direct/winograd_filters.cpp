#include "engines/direct/winograd_filters.hpp"

#include "devices/cpu/kernels/instruction_set.hpp"

namespace convnet::direct {

template <class T>
WinogradFilters<T>::WinogradFilters(const ConvolutionProblem& p, WeightUse use,
                                    const cpu::MinimalFiltering<T>& filtering, const WinogradGeometry& geometry)
    : filtering_(filtering),
      lanes_(cpu::kernels<T>().lanes),
      rows_(p.axes[0].kernel),
      columns_(p.axes[1].kernel),
      row_stride_(p.axes[0].stride),
      column_stride_(p.axes[1].stride),
      sets_(geometry.source.sets()),
      across_(geometry.source.columns.sets()),
      taps_(geometry.taps),
      lines_(geometry.lines()),
      forward_(use == WeightUse::forward) {}

/// A filter of every stride-th tap for each set, turned by half a turn where it is transposed.
template <class T>
void WinogradFilters<T>::transform(const FilterVectors<T>& filters, std::int64_t group, std::int64_t row,
                                   std::int64_t channel, std::int64_t count, const Layout& layout, T* to) const {
    const std::int64_t squares = filtering_.edge * filtering_.edge;
    const std::int64_t row_step = (forward_ ? 1 : -1) * row_stride_ * columns_ * lanes_;
    const std::int64_t column_step = (forward_ ? 1 : -1) * column_stride_ * lanes_;
    const std::int64_t first_tap = forward_ ? 0 : taps_ - 1;
    const T* const from = filters.read(group, row, channel, count);
    for (std::int64_t set = 0; set < sets_; ++set) {
        const std::int64_t tap_row = set / across_ + first_tap * row_stride_;
        const std::int64_t tap_column = set % across_ + first_tap * column_stride_;
        const std::int64_t point = lines_ > 1 ? 0 : set * squares, line = lines_ > 1 ? set : 0;
        filtering_.filter({from + (tap_row * columns_ + tap_column) * lanes_, row_step, column_step,
                           rows_ * columns_ * lanes_, to + point * layout.point + line * layout.channels * layout.width,
                           filtering_.edge * layout.point, layout.point, layout.width, count, nullptr, T{1}});
    }
}

template class WinogradFilters<float>;
template class WinogradFilters<double>;

}  // namespace convnet::direct
