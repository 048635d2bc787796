#include "geometry/float16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using convnet::BFloat16;
using convnet::Float16;

namespace {

/// The value of the bits of a small float, from the definition.
double value_of(std::uint32_t bits, int exponent_bits, int fraction_bits) {
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    const double fraction = static_cast<double>(bits & ((1U << fraction_bits) - 1)) / (1 << fraction_bits);
    const double sign = bits >> (exponent_bits + fraction_bits) != 0 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1) {
        return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
    }
    return sign * (exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias));
}

template <class T>
T from_bits(std::uint32_t bits) {
    T value;
    value.bits = static_cast<std::uint16_t>(bits);
    return value;
}

// Every value there is, and back.
template <class T>
void every_value_is_what_its_bits_say(int exponent_bits, int fraction_bits) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const double expected = value_of(bits, exponent_bits, fraction_bits);
        const auto value = static_cast<float>(from_bits<T>(bits));
        if (std::isnan(expected)) {
            ASSERT_TRUE(std::isnan(value)) << bits;
            ASSERT_TRUE(std::isnan(static_cast<float>(T(value)))) << bits;
        } else {
            ASSERT_EQ(static_cast<double>(value), expected) << bits;
            ASSERT_EQ(T(value).bits, bits);
        }
    }
}

TEST(Float16, every_value_is_what_its_bits_say) { every_value_is_what_its_bits_say<Float16>(5, 10); }
TEST(BFloat16, every_value_is_what_its_bits_say) { every_value_is_what_its_bits_say<BFloat16>(8, 7); }

// Between two neighbours: the nearer one, and of two equally near ones the even one.
template <class T>
void rounds_to_nearest_even(std::uint32_t largest) {
    for (std::uint32_t bits = 0; bits < largest; ++bits) {
        const auto low = static_cast<float>(from_bits<T>(bits)), high = static_cast<float>(from_bits<T>(bits + 1));
        const float middle = low + (high - low) / 2;
        ASSERT_EQ(T(middle).bits, bits % 2 == 0 ? bits : bits + 1) << bits;
        ASSERT_EQ(T(std::nextafter(middle, low)).bits, bits) << bits;
        ASSERT_EQ(T(std::nextafter(middle, high)).bits, bits + 1) << bits;
        ASSERT_EQ(T(-middle).bits, (bits % 2 == 0 ? bits : bits + 1) | 0x8000U) << bits;
    }
}

TEST(Float16, rounds_to_nearest_even) { rounds_to_nearest_even<Float16>(0x7bff); }
TEST(BFloat16, rounds_to_nearest_even) { rounds_to_nearest_even<BFloat16>(0x7f7f); }

TEST(Float16, what_is_too_large_is_infinite) {
    EXPECT_EQ(Float16(65519.996F).bits, 0x7bff);
    EXPECT_EQ(Float16(65520.0F).bits, 0x7c00);
    EXPECT_EQ(Float16(-1e30F).bits, 0xfc00);
    EXPECT_EQ(BFloat16(std::numeric_limits<float>::max()).bits, 0x7f80);
}

TEST(Float16, what_is_too_small_is_zero) {
    EXPECT_EQ(Float16(0x1p-25F).bits, 0);  // half of the smallest, to even
    EXPECT_EQ(Float16(0x1.8p-25F).bits, 1);
    EXPECT_EQ(Float16(-0x1p-30F).bits, 0x8000);
}

}  // namespace
