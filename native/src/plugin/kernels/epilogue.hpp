// What is done to an output, an element at a time.
#pragma once

#include "geometry/rectifier.hpp"
#include "plugin/cuda_api.h"
#include "plugin/kernels/dispatch.hpp"

namespace convnet::kernels {

/// A cn_cuda_epilogue in the type of the output.
template <class T>
struct Epilogue {
    using A = Accumulator<T>;

    explicit Epilogue(const cn_cuda_epilogue& epilogue)
        : bias(static_cast<const T*>(epilogue.bias)), slope(static_cast<A>(epilogue.slope)) {}

    const T* bias;  ///< Null for none.
    A slope;        ///< 1 for none.

    /// What the sum of an element of this channel begins with.
    template <class Index>
    CONVNET_HOST_DEVICE A begin(Index channel) const {
        return bias != nullptr ? static_cast<A>(bias[channel]) : A{0};
    }

    CONVNET_HOST_DEVICE T finish(A sum) const {
        return static_cast<T>(slope == A{1} ? sum : rectified(sum, sum, slope));
    }
};

}  // namespace convnet::kernels
