// The tests that Caffe has of these layers, with its shapes and its expected values.
#include <gtest/gtest.h>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

template <class T>
class Caffe : public testing::Test {
protected:
    const std::shared_ptr<CpuDevice> device_ = open_cpu(2);
    SplitMix64 random_{1701};

    std::vector<T> draw(const Shape& shape) { return filled<T>(shape.count(), Fill::random, random_); }
    std::vector<T> constant(const Shape& shape, T value) {
        return std::vector<T>(static_cast<std::size_t>(shape.count()), value);
    }
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Caffe, Types);

TYPED_TEST(Caffe, convolution_setup) {
    auto plain = make<ConvolutionLayer, TypeParam>(this->device_, options(4, {3}, {2}));
    plain.reshape(Shape{2, 3, 6, 4});
    EXPECT_EQ(plain.top_shape(), (Shape{2, 4, 2, 1}));
    EXPECT_EQ(plain.parameter(0)->shape(), (Shape{4, 3, 3, 3}));
    EXPECT_EQ(plain.parameter(1)->shape(), (Shape{4}));
    auto grouped = make<ConvolutionLayer, TypeParam>(this->device_, options(3, {3}, {2}, {}, {}, 3));
    grouped.reshape(Shape{2, 3, 6, 4});
    EXPECT_EQ(grouped.top_shape(), (Shape{2, 3, 2, 1}));
    EXPECT_EQ(grouped.parameter(0)->shape(), (Shape{3, 1, 3, 3}));
}

TYPED_TEST(Caffe, convolution_without_spatial_axes) {
    ConvolutionOptions o = options(4, {});
    o.axis = 3;
    auto layer = make<ConvolutionLayer, TypeParam>(this->device_, o);
    layer.reshape(Shape{2, 3, 6, 4});
    EXPECT_EQ(layer.top_shape(), (Shape{2, 3, 6, 4}));
    EXPECT_EQ(layer.parameter(0)->shape(), (Shape{4, 4}));
}

TYPED_TEST(Caffe, deconvolution_setup) {
    auto plain = make<DeconvolutionLayer, TypeParam>(this->device_, options(4, {3}, {2}));
    plain.reshape(Shape{2, 3, 6, 4});
    EXPECT_EQ(plain.top_shape(), (Shape{2, 4, 13, 9}));
    EXPECT_EQ(plain.parameter(0)->shape(), (Shape{3, 4, 3, 3}));
    auto grouped = make<DeconvolutionLayer, TypeParam>(this->device_, options(3, {3}, {2}, {}, {}, 3));
    grouped.reshape(Shape{2, 3, 6, 4});
    EXPECT_EQ(grouped.top_shape(), (Shape{2, 3, 13, 9}));
    EXPECT_EQ(grouped.parameter(0)->shape(), (Shape{3, 1, 3, 3}));
}

// All ones with bias 0.1: each output is 3.1, +3 where windows overlap on one axis, +9 where on both.
TYPED_TEST(Caffe, deconvolution_values) {
    using T = TypeParam;
    auto layer = make<DeconvolutionLayer, T>(this->device_, options(4, {3}, {2}));
    layer.reshape(Shape{2, 3, 6, 4});
    set_parameter_data(layer, 0, this->constant(layer.parameter(0)->shape(), T{1}));
    set_parameter_data(layer, 1, this->constant(layer.parameter(1)->shape(), T(0.1)));
    const std::vector<T> top = forward(layer, this->constant(layer.bottom_shape(), T{1}));
    for (std::size_t i = 0; i < top.size(); ++i) {
        const std::size_t h = i / 9 % 13, w = i % 9;
        const bool overlap_h = h % 2 == 0 && h > 0 && h < 12, overlap_w = w % 2 == 0 && w > 0 && w < 8;
        const double expected = 3.1 + (overlap_h && overlap_w ? 9 : overlap_h || overlap_w ? 3 : 0);
        ASSERT_NEAR(static_cast<double>(top[i]), expected, 1e-4) << "row " << h << ", column " << w;
    }
}

TYPED_TEST(Caffe, im2col_setup) {
    ConvolutionOptions o = options(0, {3}, {2}, {}, {3});
    auto layer = make<Im2colLayer, TypeParam>(this->device_, o);
    layer.reshape(Shape{2, 3, 10, 11});
    EXPECT_EQ(layer.top_shape(), (Shape{2, 27, 2, 3}));
    EXPECT_EQ(layer.parameter_count(), 0);
}

TYPED_TEST(Caffe, im2col_forward) {
    using T = TypeParam;
    auto layer = make<Im2colLayer, T>(this->device_, options(0, {3}, {2}));
    layer.reshape(Shape{2, 3, 6, 5});
    const std::vector<T> bottom = this->draw(layer.bottom_shape()), top = forward(layer, bottom);
    for (std::size_t c = 0; c < 27; ++c) {  // the first output of each row of columns
        EXPECT_EQ(top[c * 4], bottom[c / 9 * 30 + c / 3 % 3 * 5 + c % 3]);
    }
}

// The operator is the product of a column and a row, so two thin convolutions equal the square one.
TYPED_TEST(Caffe, sobel_is_separable) {
    using T = TypeParam;
    ConvolutionOptions square_options = options(1, {3}, {2}), column_options = options(1, {}),
                       row_options = options(1, {});
    column_options.kernel_h = 3, column_options.kernel_w = 1;
    column_options.stride_h = 2, column_options.stride_w = 1;
    row_options.kernel_h = 1, row_options.kernel_w = 3;
    row_options.stride_h = 1, row_options.stride_w = 2;
    square_options.bias_term = column_options.bias_term = row_options.bias_term = false;
    auto square = make<ConvolutionLayer, T>(this->device_, square_options);
    auto column = make<ConvolutionLayer, T>(this->device_, column_options);
    auto row = make<ConvolutionLayer, T>(this->device_, row_options);
    square.reshape(Shape{2, 3, 6, 4});
    column.reshape(Shape{2, 3, 6, 4});
    row.reshape(column.top_shape());
    std::vector<T> kernel;
    for (int channel = 0; channel < 3; ++channel) {
        kernel.insert(kernel.end(), {-1, 0, 1, -2, 0, 2, -1, 0, 1});
    }
    set_parameter_data(square, 0, kernel);
    set_parameter_data<T>(column, 0, {1, 2, 1, 1, 2, 1, 1, 2, 1});
    set_parameter_data<T>(row, 0, {-1, 0, 1});
    const std::vector<T> bottom = this->draw(square.bottom_shape());
    const std::vector<T> expected = forward(square, bottom), actual = forward(row, forward(column, bottom));
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(actual[i]), static_cast<double>(expected[i]), 1e-4);
    }
}

template <class LayerType, class T>
void compare_paths(const std::shared_ptr<CpuDevice>& device, const Shape& shape, ConvolutionOptions o,
                   SplitMix64& random) {
    auto fast = make<LayerType, T>(device, o);
    o.force_nd_im2col = true;
    auto general = make<LayerType, T>(device, o);
    fast.reshape(shape);
    general.reshape(shape);
    for (int i = 0; i < fast.parameter_count(); ++i) {
        const auto values = filled<T>(fast.parameter(i)->shape().count(), Fill::random, random);
        set_parameter_data(fast, i, values);
        set_parameter_data(general, i, values);
    }
    const auto bottom = filled<T>(shape.count(), Fill::random, random);
    const auto top_diff = filled<T>(fast.top_shape().count(), Fill::random, random);
    EXPECT_EQ(forward(fast, bottom), forward(general, bottom));
    EXPECT_EQ(backward(fast, top_diff, bottom), backward(general, top_diff, bottom));
    for (int i = 0; i < fast.parameter_count(); ++i) {
        const auto a = parameter_diff<T>(fast, i), b = parameter_diff<T>(general, i);
        EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin())) << "parameter " << i;
        EXPECT_TRUE(std::any_of(a.begin(), a.end(), [](T value) { return value != 0; })) << "not zeros compared";
    }
}

TYPED_TEST(Caffe, convolution_on_the_general_path) {
    compare_paths<ConvolutionLayer, TypeParam>(this->device_, Shape{15, 18, 22, 26},
                                               options(12, {11, 13}, {}, {}, {}, 6), this->random_);
}

TYPED_TEST(Caffe, deconvolution_on_the_general_path) {
    compare_paths<DeconvolutionLayer, TypeParam>(this->device_, Shape{15, 12, 22, 26},
                                                 options(18, {11, 13}, {}, {}, {}, 6), this->random_);
}

TYPED_TEST(Caffe, im2col_on_the_general_path) {
    compare_paths<Im2colLayer, TypeParam>(this->device_, Shape{5, 500, 15, 15}, options(0, {3}, {2}, {}, {3}),
                                          this->random_);
}

}  // namespace
