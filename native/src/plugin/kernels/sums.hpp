// Sums whose terms lie far apart in memory, while those of neighbouring sums lie side by side, such as the gradient of a
// bias with channels last. Threads that are neighbours take neighbouring sums, a part of each; then the parts are added
// up, in a fixed order.
#pragma once

#include <algorithm>
#include <utility>

#include "plugin/cuda_api.h"
#include "plugin/kernels/dispatch.hpp"

namespace convnet::kernels {

template <class Index, class Body>
using SumOf = decltype(std::declval<Body>().part(Index{}, 0, 1));

/// Index i is a part of a sum: first the first parts of all sums, then their second ones, and so on.
template <class Index, class Body>
struct SumParts {
    Index count;  ///< Of sums.
    int parts;    ///< Of each.
    Body body;
    SumOf<Index, Body>* results;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        results[i] = body.part(i % count, static_cast<int>(i / count), parts);
    }
};

/// The sums of those parts.
template <class Index, class Body>
struct AddParts {
    Index count;
    int parts;
    Body body;
    const SumOf<Index, Body>* results;

    CONVNET_HOST_DEVICE SumOf<Index, Body> part(Index i, int thread, int threads) const {
        SumOf<Index, Body> sum = 0;
        for (int p = thread; p < parts; p += threads) {
            sum += results[p * count + i];
        }
        return sum;
    }

    CONVNET_HOST_DEVICE void finish(Index i, SumOf<Index, Body> sum) const { body.finish(i, sum); }
};

/// `count` sums of `terms` terms each: in parts where there is workspace for two or more of each, else at once.
template <class Launcher, class Index, class Body>
void sum_in_parts(const Launcher& launch, Index count, Index terms, const cn_cuda_workspace& workspace,
                  const Body& body) {
    using Sum = SumOf<Index, Body>;
    constexpr std::int64_t least_terms = 16;  // of a part
    const std::int64_t parts = std::min<std::int64_t>(
        terms / least_terms, workspace.bytes / (static_cast<std::int64_t>(sizeof(Sum)) * std::max<Index>(count, 1)));
    if (parts < 2) {
        return launch.sum(count, body);
    }
    auto* const results = static_cast<Sum*>(workspace.data);
    const int each = static_cast<int>(parts);
    launch(static_cast<Index>(count * each), SumParts<Index, Body>{count, each, body, results});
    launch.sum(count, AddParts<Index, Body>{count, each, body, results});
}

}  // namespace convnet::kernels
