#include "geometry/shape.hpp"

#include <gtest/gtest.h>

#include "geometry/arithmetic.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using testing_support::expect_invalid;

TEST(Arithmetic, division_rounds_down_also_for_negatives) {
    for (std::int64_t denominator = 1; denominator <= 7; ++denominator) {
        for (std::int64_t numerator = -30; numerator <= 30; ++numerator) {
            const std::int64_t quotient = floor_divide(numerator, denominator);
            EXPECT_LE(quotient * denominator, numerator);
            EXPECT_GT((quotient + 1) * denominator, numerator);
            const std::int64_t up = ceil_divide(numerator, denominator);
            EXPECT_GE(up * denominator, numerator);
            EXPECT_LT((up - 1) * denominator, numerator);
        }
    }
}

TEST(Arithmetic, overflow_is_an_error_that_names_the_argument) {
    EXPECT_EQ(checked_multiply(1LL << 31, 1LL << 31, "x"), 1LL << 62);
    EXPECT_EQ(checked_add((1LL << 62) - 1, 1LL << 62, "x"), (1ULL << 63) - 1);
    expect_invalid([] { checked_multiply(1LL << 32, 1LL << 31, "kernel"); }, "kernel", {"4294967296", "2147483648"});
    expect_invalid([] { checked_add(1LL << 62, 1LL << 62, "pad"); }, "pad", {"64 bits"});
}

TEST(Shape, knows_its_extents) {
    const Shape shape{2, 3, 6, 4};
    EXPECT_EQ(shape.rank(), 4);
    EXPECT_EQ(shape.count(), 144);
    EXPECT_EQ(shape.count(1, 3), 18);
    EXPECT_EQ(shape.count(4, 4), 1);
    EXPECT_EQ(shape[2], 6);
    EXPECT_EQ(shape.to_string(), "2x3x6x4");
    EXPECT_TRUE(shape == (Shape{2, 3, 6, 4}));
    EXPECT_FALSE(shape == (Shape{2, 3, 6}));
    EXPECT_FALSE(shape == (Shape{2, 3, 4, 6}));
}

TEST(Shape, of_no_axes_is_one_element) {
    const Shape scalar;
    EXPECT_EQ(scalar.rank(), 0);
    EXPECT_EQ(scalar.count(), 1);
    EXPECT_EQ(scalar.to_string(), "scalar");
}

TEST(Shape, axes_count_from_either_end) {
    const Shape shape{2, 3, 6, 4};
    EXPECT_EQ(shape.canonical_axis(0), 0);
    EXPECT_EQ(shape.canonical_axis(3), 3);
    EXPECT_EQ(shape.canonical_axis(-1), 3);
    EXPECT_EQ(shape.canonical_axis(-4), 0);
    expect_invalid([&] { shape.canonical_axis(4); }, "axis", {"4", "2x3x6x4", "-4 to 3"});
    expect_invalid([&] { shape.canonical_axis(-5, "channel"); }, "channel", {"-5"});
}

TEST(Shape, extents_are_one_or_more) {
    expect_invalid([] { Shape{2, 0, 4}; }, "shape", {"2x0x4", "extent 0", "axis 1", "1 or more"});
    expect_invalid([] { Shape{-3}; }, "shape", {"-3", "axis 0"});
}

TEST(Shape, has_at_most_32_axes) {
    const std::vector<std::int64_t> most(32, 1), more(33, 1);
    EXPECT_EQ(Shape(most).rank(), 32);
    expect_invalid([&] { Shape{more}; }, "shape", {"33", "32"});
}

TEST(Shape, counts_in_64_bits) {
    EXPECT_EQ((Shape{1LL << 31, 1LL << 20}).count(), 1LL << 51);
    EXPECT_EQ((Shape{(1LL << 60) - 1}).count(), (1LL << 60) - 1);
    // The elements can be counted, but not the bytes of so many doubles.
    expect_invalid([] { Shape{1LL << 60}; }, "shape", {"64 bits"});
    expect_invalid([] { Shape{1LL << 31, 1LL << 31, 1LL << 31}; }, "shape", {"64 bits"});
}
