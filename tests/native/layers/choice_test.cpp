// Who computes: the engine that is named or a reason why not, and without a name the first that can.
#include <gtest/gtest.h>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

ConvolutionOptions with_engine(ConvolutionOptions o, EngineKind engine) {
    o.engine = engine;
    return o;
}

struct Impossible {
    const char* name;
    Shape convolution, deconvolution;  ///< Bottoms.
    ConvolutionOptions options;
    std::int64_t workspace;
    std::vector<std::string_view> reason;
};

std::vector<Impossible> impossible_for_direct() {
    return {
        {"strided_and_dilated", {2, 4, 9, 9}, {2, 4, 3, 3}, options(6, {3}, {2}, {}, {2}), 0, {"stride", "dilation"}},
        {"strided_and_dilated_on_the_last_axis",
         {2, 4, 9, 9},
         {2, 4, 3, 3},
         options(6, {3}, {1, 3}, {}, {1, 2}),
         0,
         {"stride", "dilation", "one axis"}},
        {"full", {2, 4, 5, 5}, {2, 4, 1, 1}, options(6, {5}), 0, {"whole input"}},
        {"without_axes", {2, 4}, {2, 4}, options(6, {}), 0, {"whole input"}},
        {"without_workspace", {2, 4, 9, 9}, {2, 4, 9, 9}, options(6, {3}), 1000, {"workspace", "limit is 1000"}},
    };
}

class Choice : public testing::TestWithParam<Impossible> {};

template <class LayerType, class T>
void expect_reason_and_replacement(const Shape& bottom) {
    const Impossible& what = Choice::GetParam();
    const auto device = open_cpu(2, what.workspace);
    auto named = make<LayerType, T>(device, with_engine(what.options, EngineKind::direct));
    std::vector<std::string_view> parts = what.reason;
    parts.insert(parts.end(), {"engine direct cannot", "direct: ", "automatic"});
    expect_error([&] { named.reshape(bottom); }, Status::unsupported, "engine", parts);
    EXPECT_FALSE(named.reshaped());
    EXPECT_EQ(named.plan(), nullptr);

    auto automatic = make<LayerType, T>(device, with_engine(what.options, EngineKind::automatic));
    automatic.reshape(bottom);
    EXPECT_EQ(automatic.plan()->engine(), EngineKind::gemm);
    EXPECT_STREQ(automatic.plan()->engine_name(), "gemm");
    EXPECT_NO_THROW(forward(automatic, std::vector<T>(static_cast<std::size_t>(bottom.count()))));
}

TEST_P(Choice, says_why_the_named_engine_cannot_and_takes_another_when_none_is_named) {
    expect_reason_and_replacement<ConvolutionLayer, float>(GetParam().convolution);
    expect_reason_and_replacement<ConvolutionLayer, double>(GetParam().convolution);
    expect_reason_and_replacement<DeconvolutionLayer, float>(GetParam().deconvolution);
    expect_reason_and_replacement<DeconvolutionLayer, double>(GetParam().deconvolution);
}

INSTANTIATE_TEST_SUITE_P(when, Choice, testing::ValuesIn(impossible_for_direct()),
                         [](const auto& shown) { return shown.param.name; });

template <class LayerType>
class Engines : public testing::Test {
protected:
    LayerType make_layer(const ConvolutionOptions& o, EngineKind engine) const {
        return LayerType(device_, DataType::float32, with_engine(o, engine));
    }

    const std::shared_ptr<CpuDevice> device_ = open_cpu(2);
    const Shape shape_{2, 16, 12, 11};
};

using Layers = testing::Types<ConvolutionLayer, DeconvolutionLayer>;
TYPED_TEST_SUITE(Engines, Layers);

TYPED_TEST(Engines, that_are_named_are_taken) {
    const std::vector<ConvolutionOptions> all{options(16, {3}, {1}, {1}), options(16, {3}, {2}),
                                              options(16, {3}, {}, {}, {2}), options(16, {3}, {1}, {1}, {}, 16),
                                              options(16, {3}, {2, 1}, {}, {1, 2})};
    for (const ConvolutionOptions& o : all) {
        for (const EngineKind engine : {EngineKind::direct, EngineKind::gemm, EngineKind::automatic}) {
            auto layer = this->make_layer(o, engine);
            layer.reshape(this->shape_);
            const EngineKind expected = engine == EngineKind::automatic ? EngineKind::direct : engine;
            EXPECT_EQ(layer.plan()->engine(), expected);
            EXPECT_STREQ(layer.plan()->engine_name(), expected == EngineKind::direct ? "direct" : "gemm");
            for (const char* const algorithm :
                 {layer.algorithms().forward, layer.algorithms().backward_data, layer.algorithms().backward_filter}) {
                EXPECT_STRNE(algorithm, "");
            }
        }
    }
}

TYPED_TEST(Engines, of_another_device_are_an_error) {
    auto layer = this->make_layer(options(16, {3}), EngineKind::cudnn);
    expect_error([&] { layer.reshape(this->shape_); }, Status::unsupported, "engine",
                 {"cudnn", "it is for CUDA devices"});
}

TYPED_TEST(Engines, are_chosen_anew_for_every_shape) {
    constexpr bool convolves = std::is_same_v<TypeParam, ConvolutionLayer>;
    const Shape usual{2, 3, 9, 9}, full = convolves ? Shape{4, 3, 5, 5} : Shape{4, 3, 1, 1};
    auto layer = this->make_layer(options(4, {5}), EngineKind::automatic);
    for (int i = 0; i < 2; ++i) {
        layer.reshape(usual);
        EXPECT_STREQ(layer.plan()->engine_name(), "direct");
        layer.reshape(full);
        EXPECT_STREQ(layer.plan()->engine_name(), "gemm");
    }
}

TYPED_TEST(Engines, that_cannot_take_a_new_shape_leave_the_layer_as_it_was) {
    constexpr bool convolves = std::is_same_v<TypeParam, ConvolutionLayer>;
    const Shape usual{2, 3, 9, 9}, full = convolves ? Shape{4, 3, 5, 5} : Shape{4, 3, 1, 1};
    auto layer = this->make_layer(options(4, {5}), EngineKind::direct);
    layer.reshape(usual);
    SplitMix64 random(8);
    set_parameter_data(layer, 0, filled<float>(layer.parameter(0)->shape().count(), Fill::integer, random));
    const auto bottom = filled<float>(usual.count(), Fill::integer, random);
    const auto before = forward(layer, bottom);
    expect_error([&] { layer.reshape(full); }, Status::unsupported, "engine", {"direct"});
    EXPECT_EQ(layer.bottom_shape(), usual);
    EXPECT_STREQ(layer.plan()->engine_name(), "direct");
    EXPECT_EQ(forward(layer, bottom), before);
}

// What the plan says is what is lent, and a limit between one thread's share and all threads' means fewer threads.
TYPED_TEST(Engines, stay_within_the_workspace_they_say) {
    const ConvolutionOptions o = with_engine(options(48, {5}, {2}, {2}), EngineKind::direct);
    const Shape shape{2, 40, 31, 29};
    const auto workspace_with = [&](const std::shared_ptr<CpuDevice>& device) {
        TypeParam layer(device, DataType::float32, o);
        layer.reshape(shape);
        const std::vector<float> bottom(static_cast<std::size_t>(shape.count()), 1);
        const std::vector<float> top_diff(static_cast<std::size_t>(layer.top_shape().count()), 1);
        forward(layer, bottom);
        backward(layer, top_diff, bottom);
        EXPECT_EQ(device->workspace().peak_bytes(), layer.plan()->workspace_bytes());
        return layer.plan()->workspace_bytes();
    };
    const std::int64_t one = workspace_with(open_cpu(1)), four = workspace_with(open_cpu(4));
    EXPECT_GT(one, 0);
    EXPECT_GT(four, one);
    for (const std::int64_t limit : {one, (one + four) / 2, four}) {
        EXPECT_LE(workspace_with(open_cpu(4, limit)), limit);
    }
    EXPECT_EQ(workspace_with(open_cpu(4, four)), four);
    EXPECT_LT(workspace_with(open_cpu(4, four - 1)), four);
}

}  // namespace
