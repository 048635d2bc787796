// Numbers that mean nothing: sizes of structs, enumerations, counts and flags.
#include <cmath>
#include <functional>
#include <limits>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

class AbiValues : public WithObjects {
protected:
    /// A struct that is too small is refused, and one of a newer, larger version is taken.
    template <class Struct>
    void check_size(const char* argument, const std::function<int32_t(Struct*)>& call,
                    std::source_location where = std::source_location::current()) {
        struct {
            Struct value;
            char tail[64];
        } grown;
        std::fill_n(reinterpret_cast<char*>(&grown), sizeof grown, char{0x5A});
        grown.value = sized<Struct>();
        for (const uint32_t size : {0U, 1U, 4U, static_cast<uint32_t>(sizeof(Struct)) - 1}) {
            grown.value.struct_size = size;
            expect_invalid(call(&grown.value), argument,
                           {"struct_size is " + std::to_string(size), std::to_string(sizeof(Struct))}, where);
        }
        grown.value.struct_size = sizeof grown;
        expect_ok(call(&grown.value), where);
        EXPECT_EQ(grown.value.struct_size, sizeof grown) << "the caller's size stays";
        for (const char byte : grown.tail) {
            ASSERT_EQ(byte, 0x5A) << "what a newer caller has behind is not touched";
        }
    }

    template <class Spoil>
    int32_t create(const Spoil& spoil) {
        auto options = convolution_options();
        spoil(options);
        cn_layer* layer = garbage<cn_layer>();
        const int32_t status = cn_layer_create_convolution(&layer, device_, CN_FLOAT32, &options);
        EXPECT_EQ(layer, nullptr);
        return status;
    }
};

TEST_F(AbiValues, structs_say_their_size) {
    check_size<cn_version_info>("info", [](auto* s) { return cn_version(s); });
    check_size<cn_live_counts>("counts", [](auto* s) { return cn_live(s); });
    check_size<cn_device_info>("info", [&](auto* s) { return cn_device_get_info(device_, s); });
    check_size<cn_tensor>("tensor", [&](auto* s) { return cn_blob_data(blob_, s); });
    check_size<cn_tensor>("tensor", [&](auto* s) { return cn_blob_mutable_data(blob_, s); });
    check_size<cn_tensor>("tensor", [&](auto* s) { return cn_blob_diff(blob_, s); });
    check_size<cn_filler>("filler", [](auto* s) { return cn_filler_init(s); });
    check_size<cn_filler>("filler", [&](auto* s) { return cn_blob_fill(blob_, s); });
    check_size<cn_convolution_options>("options", [](auto* s) { return cn_convolution_options_init(s); });
    check_size<cn_layer_plan>("plan", [&](auto* s) { return cn_layer_get_plan(layer_, s); });
    check_size<cn_cpu_options>("options", [](auto* s) {
        cn_device* device = nullptr;
        const int32_t status = cn_device_create_cpu(&device, s);
        if (device != nullptr) {
            expect_destroyed(cn_device_destroy(device));
        }
        return status;
    });
    const auto good = convolution_options();
    check_size<cn_convolution_options>("options", [&](auto* s) {
        const uint32_t size = s->struct_size;
        *s = good;
        s->struct_size = size;
        cn_layer* layer = nullptr;
        const int32_t status = cn_layer_create_convolution(&layer, device_, CN_FLOAT64, s);
        if (layer != nullptr) {
            expect_destroyed(cn_layer_destroy(layer));
        }
        return status;
    });
}

TEST_F(AbiValues, enumerations_are_checked) {
    cn_blob* blob = garbage<cn_blob>();
    for (const int32_t wrong : {0, 5, -1, 77, std::numeric_limits<int32_t>::min()}) {
        expect_invalid(cn_blob_create(&blob, device_, wrong, 0, nullptr), "dtype", {std::to_string(wrong), "cn_dtype"});
        EXPECT_EQ(blob, nullptr);
        cn_layer* layer = garbage<cn_layer>();
        expect_invalid(cn_layer_create_bias(&layer, device_, wrong, 1, 1), "dtype", {std::to_string(wrong)});
        EXPECT_EQ(layer, nullptr);
    }
    for (const int32_t wrong : {-1, 100, std::numeric_limits<int32_t>::max()}) {
        expect_invalid(create([=](auto& o) { o.engine = wrong; }), "engine", {std::to_string(wrong), "cn_engine"});
        expect_invalid(create([=](auto& o) { o.activation = wrong; }), "activation",
                       {std::to_string(wrong), "cn_activation"});
        expect_invalid(cn_log_set_callback(nullptr, nullptr, wrong), "minimum_level", {std::to_string(wrong)});
        auto filler = sized<cn_filler>();
        filler.type = wrong;
        expect_invalid(cn_blob_fill(blob_, &filler), "type", {std::to_string(wrong)});
        filler.type = CN_FILLER_XAVIER;
        filler.variance_norm = wrong;
        expect_invalid(cn_blob_fill(blob_, &filler), "variance_norm", {std::to_string(wrong)});
    }
    for (const int32_t wrong : {-1, 2, std::numeric_limits<int32_t>::min()}) {
        expect_invalid(create([=](auto& o) { o.layout = wrong; }), "layout", {std::to_string(wrong), "cn_layout"});
    }
    EXPECT_STREQ(cn_status_name(CN_OUT_OF_MEMORY), "CN_OUT_OF_MEMORY");
    for (const int32_t wrong : {-1, 7, std::numeric_limits<int32_t>::max()}) {
        EXPECT_STREQ(cn_status_name(wrong), "unknown status");
    }
    for (int32_t status = CN_OK; status <= CN_INTERNAL_ERROR; ++status) {
        EXPECT_EQ(std::string(cn_status_name(status)).substr(0, 3), "CN_");
    }
}

// The sign of a result must be that of its sum, and a slope must have an activation that takes it.
TEST_F(AbiValues, negative_slopes_are_0_or_more_and_of_an_activation) {
    for (const float wrong : {-0.1F, std::nanf(""), std::numeric_limits<float>::infinity()}) {
        expect_invalid(create([=](auto& o) {
                           o.activation = CN_ACTIVATION_RELU;
                           o.negative_slope = wrong;
                       }),
                       "negative_slope", {"0 or more"});
    }
    expect_invalid(create([](auto& o) { o.negative_slope = 0.1F; }), "negative_slope", {"0.1", "no activation"});
    cn_layer* layer = garbage<cn_layer>();
    auto options = convolution_options(0);
    options.activation = CN_ACTIVATION_RELU;
    expect_invalid(cn_layer_create_im2col(&layer, device_, CN_FLOAT32, &options), "activation", {"im2col"});
}

TEST_F(AbiValues, a_cpu_device_is_autotuned_or_not) {
    for (const int32_t wrong : {-1, 2}) {
        auto options = sized<cn_cpu_options>();
        options.autotune = wrong;
        cn_device* device = garbage<cn_device>();
        expect_invalid(cn_device_create_cpu(&device, &options), "autotune", {std::to_string(wrong)});
        EXPECT_EQ(device, nullptr);
    }
    auto options = sized<cn_cpu_options>();
    options.reserved = 1;
    cn_device* device = nullptr;
    expect_invalid(cn_device_create_cpu(&device, &options), "reserved", {"1"});
}

TEST_F(AbiValues, flags_are_zero_or_one) {
    for (const int32_t wrong : {-1, 2, 256}) {
        expect_invalid(create([=](auto& o) { o.bias_term = wrong; }), "bias_term", {std::to_string(wrong), "0 or 1"});
        expect_invalid(create([=](auto& o) { o.force_nd_im2col = wrong; }), "force_nd_im2col", {std::to_string(wrong)});
        expect_invalid(cn_layer_set_param_propagate_down(layer_, 0, wrong), "propagate", {std::to_string(wrong)});
    }
}

constexpr int64_t zero[] = {0}, minus[] = {3, -1}, many[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};

TEST_F(AbiValues, options_are_checked_by_name) {
    expect_invalid(create([](auto& o) { o.num_output = 0; }), "num_output", {"0"});
    expect_invalid(create([](auto& o) { o.group = 0; }), "group", {"0"});
    expect_invalid(create([](auto& o) { o.group = 3; }), "num_output", {"4", "3"});
    expect_invalid(create([](auto& o) { o.kernel = zero; }), "kernel", {"0"});
    expect_invalid(create([](auto& o) { o.kernel = minus, o.kernel_count = 2; }), "kernel", {"-1"});
    expect_invalid(create([](auto& o) { o.kernel = many, o.kernel_count = 9; }), "kernel", {"9 values", "8"});
    expect_invalid(create([](auto& o) { o.kernel = nullptr; }), "kernel", {"NULL", "1"});
    expect_invalid(create([](auto& o) { o.stride_count = 1; }), "stride", {"NULL"});
    expect_invalid(create([](auto& o) { o.stride = zero, o.stride_count = 1; }), "stride", {"0"});
    expect_invalid(create([](auto& o) { o.pad = minus, o.pad_count = 2; }), "pad", {"-1"});
    expect_invalid(create([](auto& o) { o.dilation = zero, o.dilation_count = 1; }), "dilation", {"0"});
    expect_invalid(create([](auto& o) { o.stride_h = 2; }), "stride_w", {"2"});
    expect_invalid(create([](auto& o) { o.kernel_h = o.kernel_w = 2; }), "kernel", {"2"});
    expect_invalid(create([](auto& o) { o.pad_w = -1; }), "pad_w", {"-1"});
    // Lists are copied: the caller's may go.
    cn_layer* layer = nullptr;
    {
        std::vector<int64_t> kernel{5};
        auto options = convolution_options();
        options.kernel = kernel.data();
        expect_ok(cn_layer_create_convolution(&layer, device_, CN_FLOAT32, &options));
        kernel[0] = -100;
    }
    expect_ok(cn_layer_reshape(layer, 4, bottom_shape_.data()));
    int64_t shape[4];
    int32_t rank = 0;
    expect_ok(cn_layer_top_shape(layer, shape, 4, &rank));
    EXPECT_EQ(shape[2], 1);
    expect_destroyed(cn_layer_destroy(layer));
}

TEST_F(AbiValues, shapes_are_checked) {
    const std::vector<int64_t> no_columns{2, 0}, negative{2, -3}, huge{1LL << 31, 1LL << 31, 4}, ones(33, 1);
    cn_blob* blob = garbage<cn_blob>();
    const auto make = [&](int32_t rank, const std::vector<int64_t>& shape) {
        const int32_t status = cn_blob_create(&blob, device_, CN_FLOAT32, rank, shape.data());
        EXPECT_EQ(blob, nullptr);
        blob = garbage<cn_blob>();
        return status;
    };
    expect_invalid(make(2, no_columns), "shape", {"2x0", "axis 1"});
    expect_invalid(make(2, negative), "shape", {"-3"});
    expect_invalid(make(3, huge), "shape", {"64 bits"});
    expect_invalid(make(-1, no_columns), "rank", {"-1", "32"});
    expect_invalid(make(33, ones), "rank", {"33", "32"});
    expect_invalid(cn_blob_reshape(blob_, 2, no_columns.data()), "shape", {"2x0"});
    expect_invalid(cn_blob_reshape(blob_, 33, ones.data()), "rank", {"33"});
    expect_invalid(cn_layer_reshape(layer_, 2, no_columns.data()), "shape", {"2x0"});
    expect_invalid(cn_layer_reshape(layer_, -2, no_columns.data()), "rank", {"-2"});
    auto tensor = sized<cn_tensor>();
    expect_ok(cn_blob_data(blob_, &tensor));
    EXPECT_EQ(tensor.rank, 2) << "as it was";
    EXPECT_EQ(tensor.shape[1], 3);
}

TEST_F(AbiValues, shapes_of_parameters_stay) {
    cn_blob* weights = nullptr;
    expect_ok(cn_layer_parameter(&weights, layer_, 0));
    const int64_t other[] = {4, 18};
    expect_failure(cn_blob_reshape(weights, 2, other), CN_INVALID_STATE, "blob", {"4x2x3x3", "4x18"});
    expect_destroyed(cn_blob_destroy(weights));
}

TEST_F(AbiValues, capacity_for_a_shape_is_checked) {
    int64_t shape[4] = {-1, -1, -1, -1};
    int32_t rank = 0;
    expect_invalid(cn_layer_top_shape(layer_, shape, 3, &rank), "capacity", {"3", "4"});
    expect_invalid(cn_layer_top_shape(layer_, shape, -1, &rank), "capacity", {"-1"});
    EXPECT_EQ(shape[0], -1);
    expect_ok(cn_layer_top_shape(layer_, shape, 4, &rank));
    EXPECT_EQ(std::vector<int64_t>(shape, shape + rank), top_shape_);
}

TEST_F(AbiValues, counts_of_elements_are_checked) {
    const std::vector<float> values(7);
    expect_invalid(cn_blob_copy_from(blob_, values.data(), 7), "count", {"7", "6"});
    expect_invalid(cn_blob_copy_from(blob_, values.data(), 0), "count", {"0"});
    expect_invalid(cn_blob_copy_from(blob_, values.data(), -6), "count", {"-6"});
    auto tensor = sized<cn_tensor>();
    expect_ok(cn_blob_data(blob_, &tensor));
    expect_invalid(cn_blob_copy_from(blob_, tensor.data, 6), "source", {"overlaps"});
    expect_ok(cn_blob_copy_from(blob_, values.data(), 6));
}

TEST_F(AbiValues, indices_of_parameters_are_checked) {
    cn_blob* blob = garbage<cn_blob>();
    for (const int32_t index : {-1, 2, 1000}) {
        expect_invalid(cn_layer_parameter(&blob, layer_, index), "index", {std::to_string(index), "2 parameters"});
        EXPECT_EQ(blob, nullptr);
        expect_invalid(cn_layer_set_parameter(layer_, index, blob_), "index", {std::to_string(index)});
        expect_invalid(cn_layer_set_param_propagate_down(layer_, index, 0), "index", {std::to_string(index)});
    }
}

TEST_F(AbiValues, device_options_are_checked) {
    const auto open = [](const auto& spoil) {
        auto options = sized<cn_cpu_options>();
        spoil(options);
        cn_device* device = garbage<cn_device>();
        const int32_t status = cn_device_create_cpu(&device, &options);
        EXPECT_EQ(device, nullptr);
        return status;
    };
    expect_invalid(open([](auto& o) { o.threads = -1; }), "threads", {"-1"});
    expect_invalid(open([](auto& o) { o.threads = 1 << 20; }), "threads", {"1048576", "1024"});
    expect_invalid(open([](auto& o) { o.workspace_limit_bytes = -1; }), "workspace_limit_bytes", {"-1"});
    expect_invalid(open([](auto& o) { o.memory_limit_bytes = -1; }), "memory_limit_bytes", {"-1"});
}

TEST_F(AbiValues, defaults_are_those_of_the_headers) {
    auto options = sized<cn_convolution_options>();
    expect_ok(cn_convolution_options_init(&options));
    EXPECT_EQ(options.bias_term, 1);
    EXPECT_EQ(options.group, 1);
    EXPECT_EQ(options.axis, 1);
    EXPECT_EQ(options.engine, CN_ENGINE_AUTO);
    EXPECT_EQ(options.layout, CN_LAYOUT_CHANNELS_FIRST);
    EXPECT_EQ(options.kernel_count + options.stride_count + options.pad_count + options.dilation_count, 0U);
    auto filler = sized<cn_filler>();
    filler.value = 9;
    expect_ok(cn_filler_init(&filler));
    EXPECT_EQ(filler.type, CN_FILLER_CONSTANT);
    EXPECT_EQ(filler.value, 0);
    EXPECT_EQ(filler.max, 1);
    EXPECT_EQ(filler.std, 1);
    EXPECT_EQ(filler.sparse, -1);
    EXPECT_EQ(filler.variance_norm, CN_VARIANCE_FAN_IN);
    auto version = sized<cn_version_info>();
    expect_ok(cn_version(&version));
    EXPECT_EQ(version.abi_major, static_cast<uint32_t>(CN_ABI_VERSION_MAJOR));
    EXPECT_STREQ(version.version, CONVNET_EXPECTED_VERSION);
}

TEST_F(AbiValues, calls_that_come_too_early_say_so) {
    cn_layer* layer = create_convolution(device_);
    int64_t shape[4];
    int32_t rank = 0;
    auto plan = sized<cn_layer_plan>();
    cn_blob* blob = garbage<cn_blob>();
    expect_failure(cn_layer_top_shape(layer, shape, 4, &rank), CN_INVALID_STATE, "layer", {"reshape"});
    expect_failure(cn_layer_get_plan(layer, &plan), CN_INVALID_STATE, "layer", {"reshape"});
    expect_failure(cn_layer_parameter(&blob, layer, 0), CN_INVALID_STATE, "layer", {"reshape"});
    EXPECT_EQ(blob, nullptr);
    expect_failure(cn_layer_forward(layer, &bottom_, 1, &top_, 1), CN_INVALID_STATE, "layer", {"reshape"});
    expect_failure(cn_layer_backward(layer, &top_diff_, 1, &bottom_, 1, nullptr, nullptr), CN_INVALID_STATE, "layer");
    expect_ok(cn_layer_clear_gradients(layer));
    expect_destroyed(cn_layer_destroy(layer));
}

TEST_F(AbiValues, engine_that_cannot_is_an_error) {
    auto options = convolution_options();
    options.engine = CN_ENGINE_CUDNN;
    cn_layer* layer = nullptr;
    int32_t status = cn_layer_create_convolution(&layer, device_, CN_FLOAT32, &options);
    if (status == CN_OK) {
        status = cn_layer_reshape(layer, 4, bottom_shape_.data());
    }
    expect_failure(status, CN_UNSUPPORTED, "engine", {"cudnn"});
    expect_destroyed(cn_layer_destroy(layer));
    cn_layer* bias = nullptr;
    expect_ok(cn_layer_create_bias(&bias, device_, CN_FLOAT32, 1, 1));
    expect_ok(cn_layer_reshape(bias, 4, bottom_shape_.data()));
    auto plan = sized<cn_layer_plan>();
    expect_failure(cn_layer_get_plan(bias, &plan), CN_UNSUPPORTED, "layer");
    expect_destroyed(cn_layer_destroy(bias));
    expect_ok(cn_layer_get_plan(layer_, &plan));
    EXPECT_NE(plan.engine, CN_ENGINE_AUTO);
    EXPECT_GT(std::string(plan.engine_name).size() + std::string(plan.forward).size(), 2U);
}

}  // namespace
