#include "engines/direct/filter_vectors.hpp"

#include <algorithm>
#include <vector>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {

template <class T>
FilterVectors<T>::FilterVectors(const ConvolutionProblem& p, WeightUse use, const T* w)
    : kernels_(cpu::kernels<T>()),
      w_(w),
      end_(w + p.out_channels * p.column_rows_per_group()),
      taps_(p.taps()),
      channels_(use == WeightUse::forward ? p.in_channels_per_group() : p.out_channels_per_group()),
      targets_(use == WeightUse::forward ? p.out_channels_per_group() : p.in_channels_per_group()),
      forward_(use == WeightUse::forward) {}

template <class T>
void FilterVectors<T>::fetch(const T* from, std::int64_t count) const {
    constexpr std::int64_t line = 64 / sizeof(T);
    for (std::int64_t i = 0; i < std::min(count, end_ - from); i += line) {
        __builtin_prefetch(from + i);
    }
}

// Forward, the taps of all the source channels of a target channel are side by side; backward, those of one, and those of the next row are fetched meanwhile.
template <class T>
const T* FilterVectors<T>::read(std::int64_t group, std::int64_t row, std::int64_t channel, std::int64_t count) const {
    const std::int64_t lanes = kernels_.lanes, rows = std::min(lanes, targets_ - row);
    const std::int64_t row_stride = forward_ ? channels_ * taps_ : taps_;
    const std::int64_t channel_stride = forward_ ? taps_ : targets_ * taps_;
    const std::int64_t at_once = forward_ ? count : 1, wanted = at_once * taps_;
    const std::int64_t whole = ceil_divide(wanted, lanes) * lanes;
    const bool dense = row_stride == wanted && wanted == cpu::dense_columns;
    auto& vectors = cpu::per_thread<std::vector<T>>();
    vectors.resize(static_cast<std::size_t>((count * taps_ + lanes) * lanes));
    if (rows < lanes) {
        std::fill(vectors.begin(), vectors.end(), T{0});
    }
    const T* from = w_ + group * channels_ * targets_ * taps_ + row * row_stride + channel * channel_stride;
    for (std::int64_t c = 0; c < count; c += at_once, from += channel_stride) {
        if (row_stride == 1) {
            std::copy_n(from, rows, vectors.data() + c * lanes);
            continue;
        }
        if (!forward_) {
            fetch(from + lanes * taps_, lanes * taps_);
        }
        // Whole blocks are faster, of a little more than is wanted.
        const bool more = !dense && from + (rows - 1) * row_stride + whole <= end_;
        kernels_.transpose(from, row_stride, rows, more ? whole : wanted, vectors.data() + c * taps_ * lanes, lanes);
    }
    return vectors.data();
}

template class FilterVectors<float>;
template class FilterVectors<double>;

}  // namespace convnet::direct
