// Gradients of the weights that are summed in parts, so that the order of the sums does not depend on the threads.
#pragma once

#include "engines/direct/pass.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// Of the weights of all groups.
inline std::int64_t gradient_elements(const Sweep& sweep) {
    return sweep.groups * sweep.target_channels * sweep.depth();
}

/// Adds the sums of all parts, `elements` each, to dw, in the order of the parts.
template <class T>
void add_parts(const PassContext<T>& context, std::int64_t parts, std::int64_t elements, const T* sums, T* dw) {
    constexpr std::int64_t share = 1 << 14;
    const auto add = [&](std::int64_t index) {
        const std::int64_t begin = index * share, end = std::min(elements, begin + share);
        for (std::int64_t part = 0; part < parts; ++part) {
            const T* const of_part = sums + part * elements;
            for (std::int64_t i = begin; i < end; ++i) {
                dw[i] += of_part[i];
            }
        }
    };
    context.pool.run((elements + share - 1) / share, add, context.threads);
}

}  // namespace convnet::direct
