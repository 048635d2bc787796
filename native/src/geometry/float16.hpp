// The two types of 16 bits: values to store, computed with as float. Conversions round to nearest, ties to even.
#pragma once

#include <bit>
#include <cstdint>

#include "geometry/host_device.hpp"

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif

namespace convnet {

/// IEEE 754 binary16: 5 bits of exponent, 10 of fraction.
struct Float16 {
    std::uint16_t bits = 0;

    Float16() = default;
    CONVNET_HOST_DEVICE explicit Float16(float value) : bits(round(value)) {}
    CONVNET_HOST_DEVICE explicit operator float() const {
#if defined(__CUDA_ARCH__)
        return __half2float(__ushort_as_half(bits));
#else
        const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
        const std::uint32_t magnitude = bits & 0x7fffU;
        if (magnitude >= 0x7c00U) {  // infinity and NaN
            return std::bit_cast<float>(sign | 0x7f800000U | ((magnitude & 0x3ffU) << 13));
        }
        // Shifted into place the exponent is 112 too small; a product adds that, for subnormal numbers too.
        const float value = std::bit_cast<float>(magnitude << 13) * 0x1p112F;
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
#endif
    }

private:
    CONVNET_HOST_DEVICE static std::uint16_t round(float value) {
#if defined(__CUDA_ARCH__)
        return __half_as_ushort(__float2half_rn(value));
#else
        const std::uint32_t from = std::bit_cast<std::uint32_t>(value);
        const auto sign = static_cast<std::uint16_t>(from >> 16 & 0x8000U);
        const std::uint32_t magnitude = from & 0x7fffffffU;
        if (magnitude > 0x7f800000U) {
            return static_cast<std::uint16_t>(sign | 0x7e00U | ((magnitude >> 13) & 0x3ffU));
        }
        if (magnitude >= 0x477ff000U) {  // 65520 and more: nearer to infinity than to the largest number
            return static_cast<std::uint16_t>(sign | 0x7c00U);
        }
        if (magnitude < 0x38800000U) {
            // Subnormal: added to 0.5, whose last bit is worth as much as the smallest number, the sum rounds as wanted.
            const float sum = std::bit_cast<float>(magnitude) + 0.5F;
            return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(sum) - 0x3f000000U));
        }
        const std::uint32_t odd = magnitude >> 13 & 1U;
        return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000U + 0xfffU + odd) >> 13));
#endif
    }
};

/// The upper half of a float: 8 bits of exponent, 7 of fraction.
struct BFloat16 {
    std::uint16_t bits = 0;

    BFloat16() = default;
    CONVNET_HOST_DEVICE explicit BFloat16(float value) : bits(round(value)) {}
    CONVNET_HOST_DEVICE explicit operator float() const {
#if defined(__CUDA_ARCH__)
        return __bfloat162float(__ushort_as_bfloat16(bits));
#else
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
#endif
    }

private:
    CONVNET_HOST_DEVICE static std::uint16_t round(float value) {
#if defined(__CUDA_ARCH__)
        return __bfloat16_as_ushort(__float2bfloat16_rn(value));
#else
        const std::uint32_t from = std::bit_cast<std::uint32_t>(value);
        if ((from & 0x7fffffffU) > 0x7f800000U) {
            return static_cast<std::uint16_t>(from >> 16 | 0x40U);
        }
        return static_cast<std::uint16_t>((from + 0x7fffU + (from >> 16 & 1U)) >> 16);
#endif
    }
};

}  // namespace convnet
