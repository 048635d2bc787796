// Who computes, as the C interface tells it.
#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

struct Answer {
    int32_t engine;
    std::string name, forward, backward_data, backward_filter;
    int64_t workspace;
};

Answer ask(const cn_layer* layer) {
    auto plan = sized<cn_layer_plan>();
    expect_ok(cn_layer_get_plan(layer, &plan));
    return {plan.engine,        plan.engine_name,     plan.forward,
            plan.backward_data, plan.backward_filter, plan.workspace_bytes};
}

using Create = int32_t (*)(cn_layer**, cn_device*, int32_t, const cn_convolution_options*);

class AbiPlan : public NothingLeaks, public testing::WithParamInterface<Create> {
protected:
    cn_layer* create(cn_device* device, const cn_convolution_options& options) const {
        cn_layer* layer = nullptr;
        expect_ok(GetParam()(&layer, device, CN_FLOAT32, &options));
        return layer;
    }

    static int32_t reshape(cn_layer* layer, const std::vector<int64_t>& shape) {
        return cn_layer_reshape(layer, static_cast<int32_t>(shape.size()), shape.data());
    }

    const std::vector<int64_t> shape_{2, 6, 9, 9};
};

TEST_P(AbiPlan, names_the_engine_that_was_asked_for_or_chosen) {
    cn_device* const device = open_device(2);
    struct Expected {
        int32_t asked, taken;
        const char* name;
    };
    for (const Expected& expected :
         {Expected{CN_ENGINE_DIRECT, CN_ENGINE_DIRECT, "direct"}, Expected{CN_ENGINE_GEMM, CN_ENGINE_GEMM, "gemm"},
          Expected{CN_ENGINE_AUTO, CN_ENGINE_DIRECT, "direct"}}) {
        auto options = convolution_options();
        options.engine = expected.asked;
        cn_layer* const layer = create(device, options);
        expect_ok(reshape(layer, shape_));
        const Answer answer = ask(layer);
        EXPECT_EQ(answer.engine, expected.taken);
        EXPECT_EQ(answer.name, expected.name);
        EXPECT_NE(answer.forward, "");
        EXPECT_NE(answer.backward_data, "");
        EXPECT_NE(answer.backward_filter, "");
        EXPECT_GT(answer.workspace, 0);
        expect_destroyed(cn_layer_destroy(layer));
    }
    expect_destroyed(cn_device_destroy(device));
}

TEST_P(AbiPlan, says_why_the_direct_engine_cannot_and_takes_gemm_unasked) {
    const int64_t two[] = {2};
    for (const bool small_workspace : {false, true}) {
        cn_device* const device = open_device(2, small_workspace ? 1000 : 0);
        auto options = convolution_options();
        if (!small_workspace) {
            options.stride = options.dilation = two;
            options.stride_count = options.dilation_count = 1;
        }
        options.engine = CN_ENGINE_DIRECT;
        cn_layer* layer = create(device, options);
        const std::string reason = small_workspace ? "limit is 1000" : "stride and dilation";
        expect_failure(reshape(layer, shape_), CN_UNSUPPORTED, "engine", {"direct", reason});
        auto plan = sized<cn_layer_plan>();
        expect_failure(cn_layer_get_plan(layer, &plan), CN_INVALID_STATE, "layer", {"reshape"});
        expect_destroyed(cn_layer_destroy(layer));

        options.engine = CN_ENGINE_AUTO;
        layer = create(device, options);
        expect_ok(reshape(layer, shape_));
        EXPECT_EQ(ask(layer).engine, CN_ENGINE_GEMM);
        EXPECT_EQ(ask(layer).name, "gemm");
        expect_destroyed(cn_layer_destroy(layer));
        expect_destroyed(cn_device_destroy(device));
    }
}

TEST_P(AbiPlan, with_channels_last_is_that_of_gemm) {
    cn_device* const device = open_device(2);
    auto options = convolution_options();
    options.layout = CN_LAYOUT_CHANNELS_LAST;
    options.engine = CN_ENGINE_DIRECT;
    cn_layer* layer = create(device, options);
    expect_failure(reshape(layer, {2, 9, 9, 6}), CN_UNSUPPORTED, "engine", {"channels last", "channels first"});
    expect_destroyed(cn_layer_destroy(layer));

    options.engine = CN_ENGINE_AUTO;
    layer = create(device, options);
    expect_ok(reshape(layer, {2, 9, 9, 6}));
    EXPECT_EQ(ask(layer).name, "gemm");
    int64_t top[4];
    int32_t rank = 0;
    expect_ok(cn_layer_top_shape(layer, top, 4, &rank));
    EXPECT_EQ(top[0], 2);
    EXPECT_EQ(top[1], top[2]);
    EXPECT_NE(top[1], options.num_output);
    EXPECT_EQ(top[3], options.num_output);
    expect_destroyed(cn_layer_destroy(layer));
    expect_destroyed(cn_device_destroy(device));
}

TEST_P(AbiPlan, follows_the_shape) {
    cn_device* const device = open_device(1);
    auto options = convolution_options();
    cn_layer* const layer = create(device, options);
    const bool convolves = GetParam() == &cn_layer_create_convolution;
    expect_ok(reshape(layer, shape_));
    EXPECT_EQ(ask(layer).name, "direct");
    expect_ok(reshape(layer, convolves ? std::vector<int64_t>{5, 6, 3, 3} : std::vector<int64_t>{5, 6, 1, 1}));
    EXPECT_EQ(ask(layer).name, "gemm") << "one window, so a plain product";
    expect_destroyed(cn_layer_destroy(layer));
    expect_destroyed(cn_device_destroy(device));
}

INSTANTIATE_TEST_SUITE_P(of, AbiPlan, testing::Values(&cn_layer_create_convolution, &cn_layer_create_deconvolution),
                         [](const auto& shown) { return shown.index == 0 ? "convolution" : "deconvolution"; });

}  // namespace
