// The products of all groups and images as batches with one distance between matrices, as matrix libraries take them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "geometry/data_type.hpp"
#include "plugin/cuda_api.h"

namespace convnet::plugin {

struct GemmBatch {
    const void* a;
    const void* b;
    void* c;
    std::int64_t a_stride, b_stride, c_stride;  ///< From one matrix to the next, in elements.
    int count;
    bool accumulate;
};

/// Calls function(batch) for every batch, in order. Images that share one C come one after the other, each adding to it;
/// otherwise the longer of groups and images is inside a batch.
template <class Function>
void for_each_batch(const cn_cuda_gemm& g, Function&& function) {
    const bool groups_inside = g.sum_images != 0 || g.groups >= g.images;
    const std::int64_t inside = groups_inside ? g.groups : g.images;
    const std::int64_t outside = groups_inside ? g.images : g.groups;
    const auto inner_stride = [&](const cn_cuda_matrices& m) {
        return groups_inside ? m.group_stride : m.image_stride;
    };
    const auto at = [&](const cn_cuda_matrices& m, std::int64_t outer, std::int64_t inner) {
        const bool shared = g.sum_images != 0 && &m == &g.c;
        const std::int64_t outer_stride = groups_inside ? (shared ? 0 : m.image_stride) : m.group_stride;
        return element(static_cast<DataType>(g.dtype), m.data, outer * outer_stride + inner * inner_stride(m));
    };
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    for (std::int64_t outer = 0; outer < outside; ++outer) {
        for (std::int64_t inner = 0; inner < inside; inner += most) {
            function(GemmBatch{at(g.a, outer, inner), at(g.b, outer, inner), at(g.c, outer, inner), inner_stride(g.a),
                               inner_stride(g.b), inner_stride(g.c), static_cast<int>(std::min(most, inside - inner)),
                               g.accumulate != 0 || (g.sum_images != 0 && outer > 0)});
        }
    }
}

}  // namespace convnet::plugin
