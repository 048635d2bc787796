#include "devices/cpu/bias.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

template <class T>
void compare(const BiasExtents& e, int threads) {
    SplitMix64 random(5);
    const std::int64_t count = e.outer * e.channels * e.inner;
    const std::vector<T> x = filled<T>(count, Fill::integer, random),
                         bias = filled<T>(e.channels, Fill::integer, random);
    std::vector<T> expected_y(x.size()), gradient(bias.size(), 3), expected_gradient = gradient;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t channel = i / static_cast<std::size_t>(e.inner) % static_cast<std::size_t>(e.channels);
        expected_y[i] = x[i] + bias[channel];
        expected_gradient[channel] += x[i];
    }
    ThreadPool pool(threads);
    Guarded<T> y(count);
    cpu::add_bias(pool, data_type<T>, e, x.data(), bias.data(), 1, y.data());
    EXPECT_TRUE(y.guards_untouched());
    EXPECT_EQ(std::vector<T>(y.values().begin(), y.values().end()), expected_y);
    std::vector<T> in_place = x;
    cpu::add_bias(pool, data_type<T>, e, in_place.data(), bias.data(), 1, in_place.data());
    EXPECT_EQ(in_place, expected_y);
    cpu::sum_bias(pool, data_type<T>, e, x.data(), gradient.data());
    EXPECT_EQ(gradient, expected_gradient);

    for (const double slope : {0.0, 0.25}) {
        const auto rectify = [slope](T condition, T value) {
            return condition > 0 ? value : static_cast<T>(slope) * value;
        };
        std::vector<T> expected_sums, expected_alone, expected_dx;
        for (std::size_t i = 0; i < x.size(); ++i) {
            expected_sums.push_back(rectify(expected_y[i], expected_y[i]));
            expected_alone.push_back(rectify(x[i], x[i]));
            expected_dx.push_back(rectify(expected_y[i], x[i]));
        }
        in_place = x;
        cpu::add_bias(pool, data_type<T>, e, in_place.data(), bias.data(), slope, in_place.data());
        EXPECT_EQ(in_place, expected_sums);
        cpu::add_bias(pool, data_type<T>, e, x.data(), nullptr, slope, y.data());
        EXPECT_EQ(std::vector<T>(y.values().begin(), y.values().end()), expected_alone);
        EXPECT_TRUE(std::none_of(y.values().begin(), y.values().end(), [](T v) { return v == 0 && std::signbit(v); }));
        cpu::rectify_gradient(pool, data_type<T>, count, expected_sums.data(), x.data(), slope, y.data());
        EXPECT_TRUE(y.guards_untouched());
        EXPECT_EQ(std::vector<T>(y.values().begin(), y.values().end()), expected_dx);
    }
}

TEST(Bias, equals_the_definition) {
    for (const BiasExtents& extents :
         {BiasExtents{1, 1, 1}, BiasExtents{3, 5, 1}, BiasExtents{2, 3, 7}, BiasExtents{2, 3, 8}, BiasExtents{1, 4, 17},
          BiasExtents{5, 70, 133}, BiasExtents{300, 1, 200}}) {
        for (const int threads : {1, 3}) {
            compare<float>(extents, threads);
            compare<double>(extents, threads);
        }
    }
}

// What is not a number stays none, as in the forward pass of any rectifier.
TEST(Bias, rectifies_no_nan_away) {
    ThreadPool pool(1);
    const std::vector<float> x{std::nanf(""), -std::nanf("")};
    std::vector<float> y(2);
    cpu::add_bias(pool, DataType::float32, {1, 1, 2}, x.data(), nullptr, 0, y.data());
    EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]));
}

}  // namespace
