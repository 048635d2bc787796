// A layer with an activation, as the C interface runs it.
#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

/// Weights of 1, biases of -20, -18, 0 and 20: sums of 18 ones are -2, 0, 18 and 38 on the four channels.
class Activation : public WithObjects {
protected:
    void SetUp() override {
        WithObjects::SetUp();
        options_.activation = CN_ACTIVATION_RELU;
        options_.negative_slope = 0.5F;
        expect_ok(cn_layer_create_convolution(&rectifies_, device_, CN_FLOAT32, &options_));
        expect_ok(cn_layer_reshape(rectifies_, 4, bottom_shape_.data()));
        std::vector<float> ones(72, 1), biases{-20, -18, 0, 20};
        set_parameter(0, ones, {4, 2, 3, 3});
        set_parameter(1, biases, {4});
        expect_ok(cn_layer_forward(rectifies_, &bottom_, 1, &top_, 1));
    }

    void TearDown() override {
        expect_destroyed(cn_layer_destroy(rectifies_));
        WithObjects::TearDown();
    }

    void set_parameter(int32_t index, std::vector<float>& values, const std::vector<int64_t>& shape) {
        cn_blob* parameter = nullptr;
        expect_ok(cn_layer_parameter(&parameter, rectifies_, index));
        auto target = sized<cn_tensor>();
        expect_ok(cn_blob_mutable_data(parameter, &target));
        ASSERT_EQ(std::vector<int64_t>(target.shape, target.shape + target.rank), shape);
        std::copy(values.begin(), values.end(), static_cast<float*>(target.data));
        expect_destroyed(cn_blob_destroy(parameter));
    }

    std::vector<float> bias_gradient() {
        cn_blob* bias = nullptr;
        expect_ok(cn_layer_parameter(&bias, rectifies_, 1));
        auto gradient = sized<cn_tensor>();
        expect_ok(cn_blob_diff(bias, &gradient));
        const auto* const values = static_cast<const float*>(gradient.data);
        std::vector<float> result(values, values + 4);
        expect_destroyed(cn_blob_destroy(bias));
        return result;
    }

    cn_convolution_options options_ = convolution_options();
    cn_layer* rectifies_ = nullptr;
};

TEST_F(Activation, is_applied_to_sums_with_their_bias) {
    EXPECT_EQ((std::vector<float>{top_values_[0], top_values_[9], top_values_[18], top_values_[27]}),
              (std::vector<float>{-1, 0, 18, 38}));
}

TEST_F(Activation, masks_gradients_by_the_signs_of_the_tops) {
    const std::vector<float> top_diff = top_diff_values_;
    expect_ok(cn_layer_backward_from_tops(rectifies_, &top_, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr));
    EXPECT_EQ(top_diff_values_, top_diff);
    EXPECT_EQ(bias_gradient(), (std::vector<float>{4.5F, 4.5F, 9, 9}));
    EXPECT_EQ(bottom_diff_values_[0], 3) << "the corner is in one window: half, half, one and one";
}

TEST_F(Activation, has_no_gradient_without_the_tops) {
    const std::vector<float> before = bottom_diff_values_;
    expect_invalid(cn_layer_backward(rectifies_, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr), "tops",
                   {"0 tops for 1", "activation"});
    expect_invalid(cn_layer_backward_from_tops(rectifies_, nullptr, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr),
                   "tops");
    EXPECT_EQ(bottom_diff_values_, before);
    EXPECT_EQ(bias_gradient(), std::vector<float>(4));
}

TEST_F(Activation, writes_no_gradient_over_the_tops) {
    const auto over_top = tensor_of(top_values_, bottom_shape_);
    expect_invalid(cn_layer_backward_from_tops(rectifies_, &top_, &top_diff_, 1, &bottom_, 1, &over_top, nullptr),
                   "bottom_diffs[0]", {"overlaps tops[0]"});
}

TEST_F(Activation, keeps_memory_of_one_top_for_gradients) {
    const auto kept = [this] {
        auto info = sized<cn_device_info>();
        expect_ok(cn_device_get_info(device_, &info));
        return info.memory_bytes - info.workspace_bytes;
    };
    const int64_t before = kept();
    for (int pass = 0; pass < 2; ++pass) {
        expect_ok(cn_layer_backward_from_tops(rectifies_, &top_, &top_diff_, 1, &bottom_, 1, nullptr, nullptr));
        EXPECT_EQ(kept() - before, (36 + 72 + 4) * 4) << "and of the parameters' gradients";
    }
}

TEST_F(Activation, is_not_needed_to_give_tops) {
    expect_ok(cn_layer_backward_from_tops(layer_, nullptr, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr));
    expect_ok(cn_layer_backward_from_tops(layer_, &top_, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr));
}

}  // namespace
