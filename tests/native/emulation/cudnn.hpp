// An engine in the place of cuDNN, which computes in plain loops. It has two algorithms for each pass, so that the way
// from one to the next is walked when memory is short: a fast one that wants workspace, and a slow one that wants none.
#pragma once

#include <cstdint>

#include "plugin/cuda_api.h"

namespace emulation {

/// Bytes of workspace that the fast algorithm wants.
inline constexpr std::int64_t fast_workspace = 1 << 16;

const cn_cudnn_table& cudnn_table();

}  // namespace emulation
