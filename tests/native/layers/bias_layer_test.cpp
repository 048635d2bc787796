#include "layers/bias_layer.hpp"

#include <gtest/gtest.h>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct BiasCase {
    int axis, num_axes;
    Shape bottom, parameter;
    std::int64_t inner;  ///< Elements after the axes of the bias.
};

TEST(BiasLayer, adds_along_the_axes_that_it_is_told) {
    const BiasCase cases[] = {{1, 1, Shape{2, 3, 4}, Shape{3}, 4},
                              {0, 1, Shape{2, 3, 4}, Shape{2}, 12},
                              {1, 2, Shape{2, 3, 4}, Shape{3, 4}, 1},
                              {1, -1, Shape{2, 3, 4}, Shape{3, 4}, 1},
                              {-1, 1, Shape{2, 3, 4}, Shape{4}, 1},
                              {0, -1, Shape{2, 3}, Shape{2, 3}, 1},
                              {-2, 1, Shape{2, 3, 4, 5}, Shape{4}, 5},
                              {1, 0, Shape{2, 3}, Shape{}, 3},
                              {0, 0, Shape{}, Shape{}, 1}};
    for (const BiasCase& c : cases) {
        SCOPED_TRACE(c.bottom.to_string() + ", axis " + std::to_string(c.axis) + ", " + std::to_string(c.num_axes));
        BiasLayer layer(open_cpu(1), DataType::float64, c.axis, c.num_axes);
        layer.reshape(c.bottom);
        ASSERT_EQ(layer.parameter(0)->shape(), c.parameter);
        ASSERT_EQ(layer.top_shape(), c.bottom);
        std::vector<double> bias, bottom, expected, top_diff;
        for (std::int64_t i = 0; i < c.parameter.count(); ++i) {
            bias.push_back(100 * static_cast<double>(i + 1));
        }
        std::vector<double> gradient(bias.size(), 0);
        for (std::int64_t i = 0; i < c.bottom.count(); ++i) {
            const auto channel = static_cast<std::size_t>(i / c.inner % c.parameter.count());
            bottom.push_back(static_cast<double>(i));
            expected.push_back(bottom.back() + bias[channel]);
            top_diff.push_back(static_cast<double>(i * i));
            gradient[channel] += top_diff.back();
        }
        set_parameter_data(layer, 0, bias);
        EXPECT_EQ(forward(layer, bottom), expected);
        EXPECT_EQ(backward(layer, top_diff, bottom), top_diff);
        const auto diff = parameter_diff<double>(layer, 0);
        EXPECT_TRUE(std::equal(diff.begin(), diff.end(), gradient.begin()));
    }
}

TEST(BiasLayer, may_write_in_place) {
    BiasLayer layer(open_cpu(1), DataType::float32, 1, 1);
    const Shape shape{2, 3};
    layer.reshape(shape);
    set_parameter_data<float>(layer, 0, {10, 20, 30});
    std::vector<float> values{1, 2, 3, 4, 5, 6};
    const auto tensor = view(values.data(), shape);
    layer.forward({&tensor, 1}, {&tensor, 1});
    EXPECT_EQ(values, (std::vector<float>{11, 22, 33, 14, 25, 36}));
    const std::vector<float> bottom(6, 1);
    const auto below = view(bottom.data(), shape);
    layer.backward({&tensor, 1}, {&below, 1}, {&tensor, 1}, {});
    EXPECT_EQ(values, (std::vector<float>{11, 22, 33, 14, 25, 36}));
    EXPECT_EQ(parameter_diff<float>(layer, 0)[2], 69);
    // In place is the same memory, not half of it.
    std::vector<float> more(9);
    const auto a = view(more.data(), shape), b = view(more.data() + 3, shape);
    expect_invalid([&] { layer.forward({&a, 1}, {&b, 1}); }, "tops[0]", {"overlaps"});
}

TEST(BiasLayer, refuses_axes_that_are_not_there) {
    expect_invalid([] { BiasLayer(open_cpu(1), DataType::float32, 1, -2); }, "num_axes", {"-2"});
    BiasLayer beyond(open_cpu(1), DataType::float32, 1, 3);
    expect_invalid([&] { beyond.reshape(Shape{2, 3, 4}); }, "num_axes", {"3", "2x3x4"});
    BiasLayer axis(open_cpu(1), DataType::float32, 3, 1);
    expect_invalid([&] { axis.reshape(Shape{2, 3, 4}); }, "axis", {"3", "2x3x4"});
}

}  // namespace
