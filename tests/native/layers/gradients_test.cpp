// Gradients against finite differences, by Caffe's rule: |analytic - numeric| <= threshold * max(1, |a|, |n|).
#include <gtest/gtest.h>

#include <cmath>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct GradientCase {
    const char* name;
    std::vector<std::int64_t> shape;
    ConvolutionOptions options;
};

void PrintTo(const GradientCase& shown, std::ostream* out) { *out << shown.name; }

/// The objective is half the sum of the squares of the tops, so that the top's gradient is the top.
template <class LayerType, class T>
class Checker {
public:
    Checker(const GradientCase& c, double step, double threshold)
        : step_(step), threshold_(threshold), layer_(open_cpu(2), data_type<T>, c.options) {
        layer_.reshape(Shape(c.shape));
        SplitMix64 random(1701);
        bottom_ = filled<T>(layer_.bottom_shape().count(), Fill::random, random);
        for (int i = 0; i < layer_.parameter_count(); ++i) {
            set_parameter_data(layer_, i, filled<T>(layer_.parameter(i)->shape().count(), Fill::random, random));
        }
    }

    void check() {
        const std::vector<T> top = forward(layer_, bottom_);
        const std::vector<T> bottom_diff = backward(layer_, top, bottom_, top);
        check_one(std::span<T>(bottom_), std::span<const T>(bottom_diff), "bottom");
        for (int i = 0; i < layer_.parameter_count(); ++i) {
            check_one(mutable_parameter_data<T>(layer_, i), parameter_diff<T>(layer_, i), i == 0 ? "weights" : "bias");
        }
    }

private:
    double objective() {
        double sum = 0;
        for (const T value : forward(layer_, bottom_)) {
            sum += static_cast<double>(value) * static_cast<double>(value) / 2;
        }
        return sum;
    }

    void check_one(std::span<T> values, std::span<const T> gradient, const char* what) {
        double largest = 0;
        // Every element of small arrays, some of large ones.
        SplitMix64 random(values.size());
        for (std::size_t i = 0; i < values.size(); i += 1 + random.next() % (1 + values.size() / 30)) {
            const T value = values[i];
            values[i] = static_cast<T>(static_cast<double>(value) + step_);
            const double above = objective();
            values[i] = static_cast<T>(static_cast<double>(value) - step_);
            const double below = objective();
            values[i] = value;
            const double numeric = (above - below) / (2 * step_), analytic = static_cast<double>(gradient[i]);
            const double scale = std::max({1.0, std::abs(numeric), std::abs(analytic)});
            ASSERT_NEAR(analytic, numeric, threshold_ * scale) << what << " element " << i;
            largest = std::max(largest, std::abs(analytic));
        }
        EXPECT_GT(largest, 0.01) << what << ": zeros were compared";
    }

    const double step_, threshold_;
    LayerType layer_;
    std::vector<T> bottom_;
};

template <class LayerType>
void check_both_types(const GradientCase& c) {
    if (c.options.activation != Activation::none) {
        // Steps so small that hardly a sum passes 0 on one; and the square is smooth there.
        Checker<LayerType, float>(c, 1e-2, 2e-2).check();
        Checker<LayerType, double>(c, 1e-5, 1e-5).check();
        return;
    }
    Checker<LayerType, float>(c, 1e-2, 1e-2).check();
    Checker<LayerType, double>(c, 1e-2, 1e-3).check();
    // The objective is a square, so only rounding is left.
    Checker<LayerType, double>(c, 1e-3, 1e-8).check();
}

ConvolutionOptions rectified(ConvolutionOptions o, float negative_slope) {
    o.activation = Activation::relu;
    o.negative_slope = negative_slope;
    return o;
}

const std::vector<GradientCase> rectified_cases{
    {"relu", {2, 4, 6, 4}, rectified(options(2, {3}, {2}, {1}), 0)},
    {"leaky", {2, 4, 5, 6}, rectified(options(2, {3}, {1}, {1}), 0.1F)},
    {"steeper", {2, 4, 6, 5}, rectified(options(4, {3}, {2}, {}, {}, 2), 1.5F)},
    {"depthwise", {2, 4, 5, 5}, rectified(options(4, {3}, {1}, {1}, {}, 4), 0.2F)},
    {"three_axes", {1, 2, 4, 5, 4}, rectified(options(2, {3, 2, 3}, {1, 2, 1}, {1, 0, 1}), 0)},
    {"no_axes", {3, 4}, rectified(options(5, {}), 0.3F)},
};

const std::vector<GradientCase> window_cases{
    {"plain", {2, 4, 6, 4}, options(2, {3}, {2})},
    {"padded", {2, 4, 5, 6}, options(2, {3}, {1}, {1})},
    {"padded_strided", {2, 4, 7, 6}, options(2, {3, 2}, {2, 3}, {1, 2})},
    {"dilated", {2, 4, 8, 7}, options(2, {3}, {1}, {0}, {2})},
    {"dilated_padded_strided", {2, 4, 8, 7}, options(2, {3}, {2}, {2}, {2})},
    {"group", {2, 4, 6, 4}, options(6, {3}, {2}, {1}, {}, 2)},
    {"depthwise", {2, 4, 5, 5}, options(4, {3}, {1}, {1}, {}, 4)},
    {"one_by_one", {2, 4, 6, 4}, options(3, {1})},
    {"one_axis", {2, 4, 9}, options(3, {4}, {2}, {1})},
    {"three_axes", {1, 2, 4, 5, 4}, options(2, {3, 2, 3}, {1, 2, 1}, {1, 0, 1})},
    {"no_axes", {3, 4}, options(5, {})},
};

class Gradients : public testing::TestWithParam<GradientCase> {};

TEST_P(Gradients, of_convolution) { check_both_types<ConvolutionLayer>(GetParam()); }
TEST_P(Gradients, of_deconvolution) { check_both_types<DeconvolutionLayer>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(check, Gradients, testing::ValuesIn(window_cases),
                         [](const auto& shown) { return shown.param.name; });

INSTANTIATE_TEST_SUITE_P(rectified, Gradients, testing::ValuesIn(rectified_cases),
                         [](const auto& shown) { return shown.param.name; });

TEST(Im2colGradients, check) {
    for (GradientCase c : window_cases) {
        SCOPED_TRACE(c.name);
        c.options.num_output = 0;
        c.options.group = 1;
        check_both_types<Im2colLayer>(c);
        c.options.force_nd_im2col = true;
        check_both_types<Im2colLayer>(c);
    }
}

}  // namespace
