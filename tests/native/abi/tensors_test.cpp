// Every way in which a tensor can be wrong, in every place where one is given.
#include <cmath>
#include <functional>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

struct Fault {
    const char* name;
    std::function<void(cn_tensor&)> spoil;
    std::vector<std::string> parts;
};

const std::vector<int64_t> wrong_shape{1, 2, 5, 6}, negative_shape{1, 2, -5, 5};
const int64_t gaps[] = {1000, 500, 50, 2};
alignas(8) char unaligned[1000];

std::vector<Fault> faults() {
    return {
        {"struct_size",
         [](cn_tensor& t) { t.struct_size = 8; },
         {"struct_size is 8", std::to_string(sizeof(cn_tensor))}},
        {"no data", [](cn_tensor& t) { t.data = nullptr; }, {"NULL", "bytes"}},
        {"no shape", [](cn_tensor& t) { t.shape = nullptr; }, {"shape is NULL", "4"}},
        {"negative rank", [](cn_tensor& t) { t.rank = -1; }, {"rank is -1"}},
        {"huge rank", [](cn_tensor& t) { t.rank = 33; }, {"rank is 33", "32"}},
        {"other rank", [](cn_tensor& t) { t.rank = 3; }, {"has shape", "is expected"}},
        {"other extents", [](cn_tensor& t) { t.shape = wrong_shape.data(); }, {"1x2x5x6", "is expected"}},
        {"negative extents", [](cn_tensor& t) { t.shape = negative_shape.data(); }, {"1x2x-5x5"}},
        {"dtype 0", [](cn_tensor& t) { t.dtype = 0; }, {"dtype is 0"}},
        {"dtype 9", [](cn_tensor& t) { t.dtype = 9; }, {"dtype is 9"}},
        {"other dtype", [](cn_tensor& t) { t.dtype = CN_FLOAT64; }, {"float64", "float32"}},
        {"device type 0", [](cn_tensor& t) { t.device_type = 0; }, {"device_type is 0"}},
        {"other device type", [](cn_tensor& t) { t.device_type = CN_DEVICE_CUDA; }, {"2:0", "1:0"}},
        {"other device", [](cn_tensor& t) { t.device_index = 3; }, {"1:3", "1:0"}},
        {"unaligned", [](cn_tensor& t) { t.data = unaligned + 1; }, {"multiple of 4"}},
        {"not dense", [](cn_tensor& t) { t.strides = gaps; }, {"1000x500x50x2", "dense"}},
    };
}

class Tensors : public WithObjects {
protected:
    struct Place {
        std::string argument;
        cn_tensor* tensor;
        std::function<int32_t()> call;
    };

    void SetUp() override {
        WithObjects::SetUp();
        two_bottoms_[0] = two_bottoms_[1] = bottom_;
        two_tops_[0] = top_;
        two_tops_[1] = tensor_of(more_values_, top_shape_);
    }

    std::vector<Place> places() {
        const auto forward = [this] { return cn_layer_forward(layer_, &bottom_, 1, &top_, 1); };
        const auto backward = [this] {
            return cn_layer_backward(layer_, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr);
        };
        const auto backward_from_tops = [this] {
            return cn_layer_backward_from_tops(layer_, &top_, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr);
        };
        const auto forward_two = [this] { return cn_layer_forward(layer_, two_bottoms_, 2, two_tops_, 2); };
        return {{"bottoms[0]", &bottom_, forward},
                {"tops[0]", &top_, forward},
                {"top_diffs[0]", &top_diff_, backward},
                {"bottoms[0]", &bottom_, backward},
                {"bottom_diffs[0]", &bottom_diff_, backward},
                {"tops[0]", &top_, backward_from_tops},
                {"bottom_diffs[0]", &bottom_diff_, backward_from_tops},
                {"bottoms[1]", &two_bottoms_[1], forward_two},
                {"tops[1]", &two_tops_[1], forward_two}};
    }

    std::vector<float> more_values_ = std::vector<float>(36);
    cn_tensor two_bottoms_[2]{}, two_tops_[2]{};
};

TEST_F(Tensors, that_are_wrong_are_refused_by_name_in_every_place) {
    const std::vector<float> untouched = top_values_;
    for (const Fault& fault : faults()) {
        for (const Place& place : places()) {
            SCOPED_TRACE(std::string(fault.name) + " of " + place.argument);
            const cn_tensor good = *place.tensor;
            fault.spoil(*place.tensor);
            expect_invalid(place.call(), place.argument, fault.parts);
            *place.tensor = good;
        }
    }
    EXPECT_EQ(top_values_, untouched) << "nothing was computed";
    for (const Place& place : places()) {
        expect_ok(place.call());
    }
}

TEST_F(Tensors, may_have_explicit_dense_strides) {
    const int64_t dense[] = {50, 25, 5, 1}, one_image[] = {7, 25, 5, 1};
    for (const int64_t* strides : {dense, one_image}) {
        bottom_.strides = strides;
        expect_ok(cn_layer_forward(layer_, &bottom_, 1, &top_, 1));
    }
}

TEST_F(Tensors, counts_must_match) {
    expect_invalid(cn_layer_forward(layer_, &bottom_, 0, &top_, 0), "bottom_count", {"one or more"});
    expect_invalid(cn_layer_forward(layer_, nullptr, 0, nullptr, 0), "bottom_count");
    expect_invalid(cn_layer_forward(layer_, &bottom_, 1, &top_, 0), "top_count", {"0 tops", "1 bottoms"});
    expect_invalid(cn_layer_forward(layer_, two_bottoms_, 2, &top_, 1), "top_count", {"1 tops", "2 bottoms"});
    expect_invalid(cn_layer_backward(layer_, &top_diff_, 1, two_bottoms_, 2, nullptr, nullptr), "top_count");
    expect_invalid(cn_layer_forward(layer_, &bottom_, size_t{1} << 40, &top_, 1), "bottoms", {"1099511627776"});
    expect_invalid(cn_layer_forward(layer_, &bottom_, 1, &top_, ~size_t{0}), "tops", {"18446744073709551615"});
}

TEST_F(Tensors, must_not_overlap) {
    cn_tensor inside = top_;
    inside.data = bottom_values_.data() + 10;
    expect_invalid(cn_layer_forward(layer_, &bottom_, 1, &inside, 1), "tops[0]", {"overlaps bottoms[0]"});
    cn_tensor gradient = bottom_diff_;
    gradient.data = bottom_values_.data();
    expect_invalid(cn_layer_backward(layer_, &top_diff_, 1, &bottom_, 1, &gradient, nullptr), "bottom_diffs[0]",
                   {"overlaps bottoms[0]"});
    const uint8_t no = 0;
    expect_ok(cn_layer_backward(layer_, &top_diff_, 1, &bottom_, 1, &gradient, &no));
}

// A gradient that is not wanted is not looked at.
TEST_F(Tensors, that_are_not_wanted_may_be_anything) {
    const uint8_t second_only[] = {0, 1};
    cn_tensor gradients[2] = {cn_tensor{}, bottom_diff_}, top_diffs[2] = {top_diff_, top_diff_};
    expect_ok(cn_layer_backward(layer_, top_diffs, 2, two_bottoms_, 2, gradients, second_only));
    const uint8_t both[] = {1, 1};
    expect_invalid(cn_layer_backward(layer_, top_diffs, 2, two_bottoms_, 2, gradients, both), "bottom_diffs[0]",
                   {"struct_size is 0"});
}

TEST_F(Tensors, of_blobs_can_be_given_to_layers) {
    cn_blob* bottom = create_blob(device_, bottom_shape_);
    cn_blob* top = create_blob(device_, top_shape_);
    expect_ok(cn_blob_copy_from(bottom, bottom_values_.data(), 50));
    cn_blob *weights = nullptr, *bias = nullptr;
    expect_ok(cn_layer_parameter(&weights, layer_, 0));
    expect_ok(cn_layer_parameter(&bias, layer_, 1));
    auto filler = sized<cn_filler>();
    expect_ok(cn_filler_init(&filler));
    filler.value = 2;
    expect_ok(cn_blob_fill(weights, &filler));
    auto in = sized<cn_tensor>(), out = sized<cn_tensor>(), b = sized<cn_tensor>();
    expect_ok(cn_blob_mutable_data(bias, &b));
    static_cast<float*>(b.data)[3] = 0.5F;
    expect_ok(cn_blob_data(bottom, &in));
    expect_ok(cn_blob_mutable_data(top, &out));
    expect_ok(cn_layer_forward(layer_, &in, 1, &out, 1));
    const float* const values = static_cast<const float*>(out.data);
    EXPECT_EQ(values[0], 36) << "18 products of 1 and 2";
    EXPECT_EQ(values[35], 36.5F);
    expect_destroyed(cn_blob_destroy(weights));
    expect_destroyed(cn_blob_destroy(bias));
    expect_destroyed(cn_blob_destroy(bottom));
    expect_destroyed(cn_blob_destroy(top));
}

}  // namespace
