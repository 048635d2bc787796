// Weights as methods with target channels in vectors read them.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/engine.hpp"

namespace convnet::direct {

template <class T>
class FilterVectors {
public:
    FilterVectors(const ConvolutionProblem& problem, WeightUse use, const T* w);

    /// Of source channels [channel, channel + count), at most a vector of them, and the vector of target channels from
    /// `row` on: [channel][tap of w][target channel], with zeros where there are no more. Until the thread's next call.
    const T* read(std::int64_t group, std::int64_t row, std::int64_t channel, std::int64_t count) const;

    std::int64_t taps() const { return taps_; }

private:
    void fetch(const T* from, std::int64_t count) const;

    const cpu::Kernels<T>& kernels_;
    const T *w_, *end_;
    std::int64_t taps_, channels_, targets_;  // channels per group
    bool forward_;
};

extern template class FilterVectors<float>;
extern template class FilterVectors<double>;

}  // namespace convnet::direct
