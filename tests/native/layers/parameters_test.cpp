// Parameters: their gradients add up, can be frozen, and blobs can be shared between layers.
#include <gtest/gtest.h>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

using Values = std::vector<float>;

template <class LayerType>
class Parameters : public testing::Test {
protected:
    Parameters() {
        layer_.reshape(shape_);
        for (int i = 0; i < 2; ++i) {
            set_parameter_data(layer_, i, draw(layer_.parameter(i)->shape()));
        }
    }

    Values draw(const Shape& shape) { return filled<float>(shape.count(), Fill::integer, random_); }
    Values diff(int index) {
        const auto values = parameter_diff<float>(layer_, index);
        return {values.begin(), values.end()};
    }

    const std::shared_ptr<CpuDevice> device_ = open_cpu(2, 4000);  // several tiles an image
    const Shape shape_{4, 3, 8, 7};
    LayerType layer_{device_, DataType::float32, options(4, {3}, {2}, {1})};
    SplitMix64 random_{3};
};

using Layers = testing::Types<ConvolutionLayer, DeconvolutionLayer>;
TYPED_TEST_SUITE(Parameters, Layers);

TYPED_TEST(Parameters, gradients_add_up_until_they_are_cleared) {
    const Values bottom = this->draw(this->shape_), top_diff = this->draw(this->layer_.top_shape());
    const Values bottom_diff = backward(this->layer_, top_diff, bottom);
    const Values weights = this->diff(0), bias = this->diff(1);
    EXPECT_TRUE(std::any_of(weights.begin(), weights.end(), [](float value) { return value != 0; }));
    EXPECT_EQ(backward(this->layer_, top_diff, bottom), bottom_diff) << "overwritten, not added to";
    for (std::size_t i = 0; i < weights.size(); ++i) {
        ASSERT_EQ(this->diff(0)[i], 2 * weights[i]);
    }
    for (std::size_t i = 0; i < bias.size(); ++i) {
        ASSERT_EQ(this->diff(1)[i], 2 * bias[i]);
    }
    this->layer_.clear_gradients();
    EXPECT_EQ(this->diff(0), Values(weights.size(), 0));
    EXPECT_EQ(this->diff(1), Values(bias.size(), 0));
    backward(this->layer_, top_diff, bottom);
    EXPECT_EQ(this->diff(0), weights);
}

// The trap that Caffe's own tests fall into: only with frozen weights and several images does a wrong offset into the
// top's gradient show, because otherwise the columns are shared.
TYPED_TEST(Parameters, frozen_weights_leave_the_gradient_of_every_image_right) {
    const Values bottom = this->draw(this->shape_), top_diff = this->draw(this->layer_.top_shape());
    const Values expected = backward(this->layer_, top_diff, bottom), weights = this->diff(0), bias = this->diff(1);
    this->layer_.set_param_propagate_down(0, false);
    EXPECT_EQ(backward(this->layer_, top_diff, bottom), expected);
    EXPECT_EQ(this->diff(0), weights) << "unchanged";
    EXPECT_NE(this->diff(1), bias) << "the bias is not frozen";
    this->layer_.set_param_propagate_down(1, false);
    const Values bias_now = this->diff(1);
    EXPECT_EQ(backward(this->layer_, top_diff, bottom), expected);
    EXPECT_EQ(this->diff(1), bias_now);
    // Each image alone gives its part of the gradient.
    const std::size_t image = expected.size() / 4, top_image = top_diff.size() / 4;
    this->layer_.reshape(Shape{1, 3, 8, 7});
    for (std::size_t i = 0; i < 4; ++i) {
        const Values one_top(top_diff.begin() + static_cast<std::ptrdiff_t>(i * top_image),
                             top_diff.begin() + static_cast<std::ptrdiff_t>((i + 1) * top_image));
        const Values one = backward(this->layer_, one_top, Values(image, 1));
        EXPECT_TRUE(std::equal(one.begin(), one.end(), expected.begin() + static_cast<std::ptrdiff_t>(i * image)));
    }
}

TYPED_TEST(Parameters, never_asked_for_gradients_take_no_memory) {
    this->layer_.set_param_propagate_down(0, false);
    const std::int64_t before = this->device_->memory_bytes();
    this->layer_.set_param_propagate_down(1, false);
    backward(this->layer_, this->draw(this->layer_.top_shape()), this->draw(this->shape_));
    EXPECT_FALSE(this->layer_.parameter(0)->has_diff());
    this->device_->workspace().trim();
    EXPECT_EQ(this->device_->memory_bytes(), before);
}

TYPED_TEST(Parameters, two_bottoms_equal_one_after_the_other) {
    const Values a = this->draw(this->shape_), b = this->draw(this->shape_);
    const Values da = this->draw(this->layer_.top_shape()), db = this->draw(this->layer_.top_shape());
    const Values top_a = forward(this->layer_, a), top_b = forward(this->layer_, b);
    const Values bottom_a = backward(this->layer_, da, a), bottom_b = backward(this->layer_, db, b);
    const Values weights = this->diff(0), bias = this->diff(1);
    this->layer_.clear_gradients();

    const Shape& top = this->layer_.top_shape();
    Guarded<float> ya(top.count()), yb(top.count()), dxa(this->shape_.count()), dxb(this->shape_.count());
    const TensorView x[] = {view(a.data(), this->shape_), view(b.data(), this->shape_)};
    const TensorView y[] = {view(ya.data(), top), view(yb.data(), top)};
    const TensorView dy[] = {view(da.data(), top), view(db.data(), top)};
    const TensorView dx[] = {view(dxa.data(), this->shape_), view(dxb.data(), this->shape_)};
    this->layer_.forward(x, y);
    this->layer_.backward(dy, x, dx, {});
    const auto same = [](Guarded<float>& actual, const Values& expected) {
        return std::equal(expected.begin(), expected.end(), actual.values().begin()) && actual.guards_untouched();
    };
    EXPECT_TRUE(same(ya, top_a) && same(yb, top_b));
    EXPECT_TRUE(same(dxa, bottom_a) && same(dxb, bottom_b));
    EXPECT_EQ(this->diff(0), weights);
    EXPECT_EQ(this->diff(1), bias);
}

TYPED_TEST(Parameters, shared_between_two_layers_are_one) {
    TypeParam other(this->device_, DataType::float32, options(4, {3}, {2}, {1}));
    other.set_parameter(0, this->layer_.parameter(0));
    other.reshape(this->shape_);
    other.set_parameter(1, this->layer_.parameter(1));
    const Values bottom = this->draw(this->shape_), top_diff = this->draw(this->layer_.top_shape());
    EXPECT_EQ(forward(other, bottom), forward(this->layer_, bottom));
    set_parameter_data(this->layer_, 0, this->draw(this->layer_.parameter(0)->shape()));
    EXPECT_EQ(forward(other, bottom), forward(this->layer_, bottom)) << "both see the new weights";
    backward(this->layer_, top_diff, bottom);
    const Values once = this->diff(0);
    backward(other, top_diff, bottom);
    for (std::size_t i = 0; i < once.size(); ++i) {
        ASSERT_EQ(this->diff(0)[i], 2 * once[i]);
    }
}

// Memory of all CPU devices is the process's. What is shared lives until the last of them is gone, device included.
TYPED_TEST(Parameters, shared_by_layers_on_several_cpu_devices_are_one) {
    const Values bottom = this->draw(this->shape_), top_diff = this->draw(this->layer_.top_shape());
    const Values expected = forward(this->layer_, bottom), bottom_diff = backward(this->layer_, top_diff, bottom);
    const Values once = this->diff(0);
    TypeParam other(open_cpu(1), DataType::float32, options(4, {3}, {2}, {1}));
    {
        TypeParam first(open_cpu(3), DataType::float32, options(4, {3}, {2}, {1}));
        first.reshape(this->shape_);
        for (int i = 0; i < 2; ++i) {
            const auto& mine = *this->layer_.parameter(i);
            first.parameter(i)->copy_from_host(mine.data());
            other.set_parameter(i, first.parameter(i));
        }
        other.reshape(this->shape_);
        EXPECT_EQ(forward(first, bottom), expected);
        backward(first, top_diff, bottom);
    }
    EXPECT_EQ(forward(other, bottom), expected);
    EXPECT_EQ(backward(other, top_diff, bottom), bottom_diff);
    const auto twice = parameter_diff<float>(other, 0);
    for (std::size_t i = 0; i < once.size(); ++i) {
        ASSERT_EQ(twice[i], 2 * once[i]);
    }
}

TYPED_TEST(Parameters, outlive_their_layer) {
    std::shared_ptr<Blob> weights;
    {
        TypeParam layer(this->device_, DataType::float32, options(4, {3}, {2}, {1}));
        layer.reshape(this->shape_);
        weights = layer.parameter(0);
        set_parameter_data(layer, 0, this->draw(weights->shape()));
        expect_error([&] { weights->reshape(Shape{1}); }, Status::invalid_state, "blob", {"parameter of a layer"});
    }
    EXPECT_NO_THROW(weights->reshape(Shape{1})) << "no layer uses it any more";
}

TYPED_TEST(Parameters, that_do_not_fit_are_refused) {
    const auto blob = [&](DataType type, const Shape& shape) {
        return std::make_shared<Blob>(this->device_, type, shape);
    };
    const Shape right = this->layer_.parameter(0)->shape();
    expect_invalid([&] { this->layer_.set_parameter(0, blob(DataType::float64, right)); }, "blob",
                   {"float64", "float32"});
    expect_invalid(
        [&] {
            this->layer_.set_parameter(0, blob(DataType::float32, Shape{4, 4, 3, 2}));
        },
        "blob", {"4x4x3x2", right.to_string()});
    expect_invalid([&] { this->layer_.set_parameter(2, blob(DataType::float32, right)); }, "index",
                   {"2", "2 parameters"});
    expect_invalid([&] { this->layer_.set_parameter(-1, blob(DataType::float32, right)); }, "index", {"-1"});
    EXPECT_EQ(this->layer_.parameter(0)->shape(), right);
}

// Before the first reshape nobody knows the shape, so it is checked then.
TYPED_TEST(Parameters, preloaded_are_checked_at_the_first_reshape) {
    TypeParam layer(this->device_, DataType::float32, options(4, {3}, {2}, {1}));
    layer.set_parameter(0, std::make_shared<Blob>(this->device_, DataType::float32, Shape{4, 9, 3, 3}));
    expect_invalid([&] { layer.reshape(this->shape_); }, "shape", {"parameter 0", "4x9x3x3"});
    EXPECT_FALSE(layer.reshaped());
    layer.set_parameter(0, this->layer_.parameter(0));
    EXPECT_NO_THROW(layer.reshape(this->shape_));
}

TYPED_TEST(Parameters, index_is_checked) {
    expect_invalid([&] { this->layer_.parameter(2); }, "index", {"2"});
    expect_invalid([&] { this->layer_.set_param_propagate_down(5, true); }, "index", {"5"});
    ConvolutionOptions no_bias = options(4, {3});
    no_bias.bias_term = false;
    TypeParam layer(this->device_, DataType::float32, no_bias);
    EXPECT_EQ(layer.parameter_count(), 1);
    expect_invalid([&] { layer.parameter(1); }, "index", {"1", "1 parameters"});
}

}  // namespace
