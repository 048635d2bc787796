// The passes of a problem: by the methods that are expected to be fastest, or by those that were, where the device times
// them.
#pragma once

#include <algorithm>

#include "devices/cpu/cpu_device.hpp"
#include "engines/direct/methods.hpp"

namespace convnet::direct {

template <class T>
struct Passes {
    std::unique_ptr<const DataPass<T>> forward, backward_data;
    std::unique_ptr<const FilterPass<T>> backward_filter;

    std::int64_t workspace_bytes(int threads) const {
        return std::max({forward->workspace_elements(threads), backward_data->workspace_elements(threads),
                         backward_filter->workspace_elements(threads)}) *
               static_cast<std::int64_t>(sizeof(T));
    }
};

template <class T>
Passes<T> expected_passes(const ConvolutionProblem& problem, std::int64_t workspace_limit_bytes);

/// Those of the device's autotuner. Each method is run on memory lent by the workspace pool, with as many images of the
/// problem as fit there; where not even one does, the expected one is taken.
template <class T>
Passes<T> tuned_passes(const ConvolutionProblem& problem, CpuDevice& device, int threads);

}  // namespace convnet::direct
