// A deconvolution with a convolution's own weights is the convolution's transpose: <conv(x), y> = <x, deconv(y)>. And
// with integers, exactly.
#include <gtest/gtest.h>

#include <cmath>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

std::int64_t below(SplitMix64& random, std::int64_t end) {
    return static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(end));
}

struct Pair {
    std::vector<std::int64_t> shape;
    ConvolutionOptions convolution;
};

/// A convolution that leaves no remainder, so that its deconvolution gives the same extents back.
Pair draw(SplitMix64& random) {
    const std::int64_t axes = below(random, 4), group = 1 + below(random, 3);
    Pair pair{{1 + below(random, 3), group * (1 + below(random, 3))}, options(group * (1 + below(random, 3)), {})};
    ConvolutionOptions& o = pair.convolution;
    o.group = group;
    o.bias_term = false;
    for (std::int64_t axis = 0; axis < axes; ++axis) {
        const std::int64_t kernel = 1 + below(random, 3), stride = 1 + below(random, 3),
                           dilation = 1 + below(random, 3);
        const std::int64_t extent = dilation * (kernel - 1) + 1, pad = below(random, 3);
        std::int64_t out = 1 + below(random, 4);
        while (stride * (out - 1) + extent - 2 * pad < 1) {
            ++out;
        }
        o.kernel.push_back(kernel);
        o.stride.push_back(stride);
        o.dilation.push_back(dilation);
        o.pad.push_back(pad);
        pair.shape.push_back(stride * (out - 1) + extent - 2 * pad);
    }
    return pair;
}

template <class T>
double dot(const std::vector<T>& a, const std::vector<T>& b) {
    EXPECT_EQ(a.size(), b.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    }
    return sum;
}

template <class T>
double norm(const std::vector<T>& a) {
    return std::sqrt(dot(a, a));
}

template <class T>
void expect_adjoint(const Pair& pair, Fill fill, SplitMix64& random) {
    const auto device = open_cpu(2);
    auto convolution = make<ConvolutionLayer, T>(device, pair.convolution);
    convolution.reshape(Shape(pair.shape));
    ConvolutionOptions mirrored = pair.convolution;
    mirrored.num_output = pair.shape[1];
    auto deconvolution = make<DeconvolutionLayer, T>(device, mirrored);
    // Shared, not copied or transposed.
    deconvolution.set_parameter(0, convolution.parameter(0));
    deconvolution.reshape(convolution.top_shape());
    ASSERT_EQ(deconvolution.top_shape(), convolution.bottom_shape());
    set_parameter_data(convolution, 0, filled<T>(convolution.parameter(0)->shape().count(), fill, random));

    const auto x = filled<T>(convolution.bottom_shape().count(), fill, random);
    const auto y = filled<T>(convolution.top_shape().count(), fill, random);
    const auto conv_x = forward(convolution, x), deconv_y = forward(deconvolution, y);
    const double scale = norm(conv_x) * norm(y) + norm(x) * norm(deconv_y);
    const double bound = fill == Fill::integer ? 0 : 8 * std::numeric_limits<T>::epsilon() * scale;
    EXPECT_NEAR(dot(conv_x, y), dot(x, deconv_y), bound);

    // Each is the other's gradient, and both add the same to the gradient of the weights that they share.
    const auto conv_gradient = backward(convolution, y, x);
    const auto weights_diff = parameter_diff<T>(convolution, 0);
    const std::vector<T> once(weights_diff.begin(), weights_diff.end());
    const auto deconv_gradient = backward(deconvolution, x, y);
    for (std::size_t i = 0; i < once.size(); ++i) {
        const double twice = 2 * static_cast<double>(once[i]);
        EXPECT_NEAR(static_cast<double>(weights_diff[i]), twice,
                    fill == Fill::integer ? 0 : 32 * std::numeric_limits<T>::epsilon() * (1 + norm(x) * norm(y)));
    }
    if (fill == Fill::integer) {
        EXPECT_EQ(conv_gradient, deconv_y);
        EXPECT_EQ(deconv_gradient, conv_x);
    }
}

TEST(Adjoint, of_random_layers) {
    SplitMix64 random(2024);
    for (int i = 0; i < 150; ++i) {
        const Pair pair = draw(random);
        SCOPED_TRACE(Shape(pair.shape).to_string() + ", group " + std::to_string(pair.convolution.group) + ", kernel " +
                     to_string(pair.convolution.kernel) + ", stride " + to_string(pair.convolution.stride) + ", pad " +
                     to_string(pair.convolution.pad) + ", dilation " + to_string(pair.convolution.dilation));
        expect_adjoint<float>(pair, Fill::integer, random);
        expect_adjoint<float>(pair, Fill::random, random);
        expect_adjoint<double>(pair, Fill::integer, random);
        expect_adjoint<double>(pair, Fill::random, random);
    }
}

}  // namespace
