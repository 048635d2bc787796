// Integer arithmetic in 64 bits that says when it overflows, and division that rounds towards minus infinity.
#pragma once

#include <cstdint>

#include "geometry/error.hpp"

namespace convnet {

inline std::int64_t checked_multiply(std::int64_t a, std::int64_t b, const char* argument) {
    std::int64_t product = 0;
    require(!__builtin_mul_overflow(a, b, &product), argument, argument, ": ", a, " times ", b,
            " does not fit 64 bits; use smaller extents");
    return product;
}

inline std::int64_t checked_add(std::int64_t a, std::int64_t b, const char* argument) {
    std::int64_t sum = 0;
    require(!__builtin_add_overflow(a, b, &sum), argument, argument, ": ", a, " plus ", b,
            " does not fit 64 bits; use smaller extents");
    return sum;
}

/// Quotient rounded down, also for negative numerators: floor_divide(-1, 2) is -1, where C++ gives 0.
constexpr std::int64_t floor_divide(std::int64_t numerator, std::int64_t denominator) {
    const std::int64_t quotient = numerator / denominator;
    return numerator % denominator < 0 ? quotient - 1 : quotient;
}

/// Quotient rounded up, for a positive denominator.
constexpr std::int64_t ceil_divide(std::int64_t numerator, std::int64_t denominator) {
    return -floor_divide(-numerator, denominator);
}

/// The least multiple that is not below the value.
constexpr std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
    return ceil_divide(value, multiple) * multiple;
}

/// The size of the parts when `whole` is divided into as few equal ones as keep each within `most`, or within 1.
constexpr std::int64_t even_part(std::int64_t whole, std::int64_t most) {
    const std::int64_t part = most < 1 ? 1 : most;
    return ceil_divide(whole, ceil_divide(whole, part));
}

}  // namespace convnet
