// What operands are aligned to, as the core and its plug-in agree on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "plugin/cuda_api.h"

namespace convnet::plugin {

/// Whether all are at multiples of CN_CUDA_ALIGNMENT bytes, as null is.
inline bool are_aligned(std::initializer_list<const void*> operands) noexcept {
    return std::all_of(operands.begin(), operands.end(), [](const void* operand) {
        return reinterpret_cast<std::uintptr_t>(operand) % CN_CUDA_ALIGNMENT == 0;
    });
}

}  // namespace convnet::plugin
