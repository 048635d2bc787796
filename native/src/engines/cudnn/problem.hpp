// A problem in the terms of cuDNN.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engines/cudnn/cudnn_api.hpp"
#include "plugin/cuda_api.h"

namespace convnet::cudnn {

/// Why cuDNN's descriptors cannot say `problem`, or "".
std::string unsupported_reason(const cn_cuda_problem& problem);

/// The type of elements, and that of sums and of the factors alpha and beta: double for float64, else float.
api::DataType data_type(const cn_cuda_problem& problem);
api::DataType compute_type(const cn_cuda_problem& problem);

/// One value for each of cuDNN's spatial axes, of which there are two at least: one axis alone becomes the width, with
/// `height` for the other.
std::vector<int> spatial(const cn_cuda_problem& problem, const std::int64_t* values, int height);

/// The extents of the tensors, in the order images, channels, spatial axes; weights have their outputs for images, and a
/// bias one value per channel of the tensor that it is added to.
struct Extents {
    std::vector<int> x, y, w, x_bias, y_bias;
};

Extents extents_of(const cn_cuda_problem& problem);

/// Distances in elements between neighbours on each axis of a dense tensor, in the order of the extents, whatever the
/// order in memory.
std::vector<int> strides(std::span<const int> extents, bool channels_last);

/// One number for each tensor of a problem; for biases that of the larger.
struct Sizes {
    std::int64_t x, y, w, bias;
};

Sizes bytes_of(const cn_cuda_problem& problem);

}  // namespace convnet::cudnn
