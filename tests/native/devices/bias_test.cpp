#include "devices/cpu/bias.hpp"

#include <gtest/gtest.h>

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
    cpu::add_bias(pool, data_type<T>, e, x.data(), bias.data(), y.data());
    EXPECT_TRUE(y.guards_untouched());
    EXPECT_EQ(std::vector<T>(y.values().begin(), y.values().end()), expected_y);
    std::vector<T> in_place = x;
    cpu::add_bias(pool, data_type<T>, e, in_place.data(), bias.data(), in_place.data());
    EXPECT_EQ(in_place, expected_y);
    cpu::sum_bias(pool, data_type<T>, e, x.data(), gradient.data());
    EXPECT_EQ(gradient, expected_gradient);
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

}  // namespace
