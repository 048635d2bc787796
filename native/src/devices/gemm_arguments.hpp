// A batch of matrix products, as every device computes it.
#pragma once

#include <cstdint>

#include "geometry/data_type.hpp"

namespace convnet {

/// Where the matrices of one operand of a batch lie. Distances are in elements.
template <class Pointer>
struct Matrices {
    Pointer data = nullptr;
    std::int64_t row_stride = 0;    ///< From one row to the next; columns are adjacent.
    std::int64_t image_stride = 0;  ///< From one image's matrix to the next one's.
    std::int64_t group_stride = 0;  ///< From one group's matrix to the next one's.
};

/// For every group g and image i: C = op(A) * op(B), or += when `accumulate`. With `sum_images` all images of a group
/// share one C, which takes the sum of their products, in the order of the images.
struct GemmArguments {
    DataType type = DataType::float32;
    std::int64_t m = 0, n = 0, k = 0;
    bool transpose_a = false, transpose_b = false;
    Matrices<const void*> a, b;
    Matrices<void*> c;
    const void* packed_b = nullptr;  ///< What Device::pack_b() made of B, which is then not read; or null.
    std::int64_t images = 1, groups = 1;
    bool sum_images = false;
    bool accumulate = false;
    bool strict = false;  ///< Operands are not rounded, on devices that may otherwise.
};

}  // namespace convnet
