// The methods that a pass of a problem can be computed by.
#pragma once

#include <vector>

#include "engines/direct/pass.hpp"

namespace convnet::direct {

struct DataMethod {
    enum class Kind {
        depthwise,
        winograd,
        space_to_depth,
        winograd_phases,
        winograd_bands,
        strassen,
        phases,
        channels,
        bands,
        products,
        gathering
    };

    Kind kind = Kind::gathering;
    std::size_t way = 0;  ///< Of those to compute the pass by sweeps, or the filtering of Winograd's method.
};

struct FilterMethod {
    enum class Kind { depthwise, winograd, bands, gathering };

    Kind kind = Kind::gathering;
    std::size_t filtering = 0;  ///< Of Winograd's method.
};

/// All that can, the one that is expected to be fastest first.
template <class T>
std::vector<DataMethod> data_methods(const ConvolutionProblem& problem, WeightUse use,
                                     std::int64_t workspace_limit_bytes);
template <class T>
std::vector<FilterMethod> filter_methods(const ConvolutionProblem& problem, std::int64_t workspace_limit_bytes);

template <class T>
std::unique_ptr<const DataPass<T>> make_pass(const ConvolutionProblem& problem, WeightUse use,
                                             const DataMethod& method);
template <class T>
std::unique_ptr<const FilterPass<T>> make_pass(const ConvolutionProblem& problem, const FilterMethod& method);

}  // namespace convnet::direct
