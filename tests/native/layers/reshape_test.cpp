// What a reshape may change, and that one which fails changes nothing.
#include <gtest/gtest.h>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

template <class LayerType>
class Reshape : public testing::Test {
protected:
    static ConvolutionOptions layer_options() {
        if constexpr (std::is_same_v<LayerType, Im2colLayer>) {
            return options(0, {3}, {2});
        } else {
            return options(4, {3}, {2}, {}, {}, 2);
        }
    }

    std::vector<float> run(const Shape& shape) {
        layer_.reshape(shape);
        SplitMix64 random(8);
        for (int i = 0; i < layer_.parameter_count(); ++i) {
            set_parameter_data(layer_, i, filled<float>(layer_.parameter(i)->shape().count(), Fill::integer, random));
        }
        return forward(layer_, filled<float>(shape.count(), Fill::integer, random));
    }

    const std::shared_ptr<CpuDevice> device_ = open_cpu(2);
    LayerType layer_{device_, DataType::float32, layer_options()};
};

using Layers = testing::Types<ConvolutionLayer, DeconvolutionLayer, Im2colLayer>;
TYPED_TEST_SUITE(Reshape, Layers);

TYPED_TEST(Reshape, keeps_parameters_and_follows_batch_and_extents) {
    const Shape first{2, 6, 7, 5}, second{3, 6, 9, 8};
    const auto before = this->run(first);
    const auto weights = this->layer_.parameter_count() > 0 ? this->layer_.parameter(0) : nullptr;
    this->run(second);
    if (weights != nullptr) {
        EXPECT_EQ(this->layer_.parameter(0), weights);
    }
    EXPECT_EQ(this->layer_.top_shape()[0], 3);
    EXPECT_EQ(this->run(first), before);
}

TYPED_TEST(Reshape, refuses_what_cannot_change_and_stays_usable) {
    const Shape shape{2, 6, 7, 5};
    const auto before = this->run(shape);
    const Shape top = this->layer_.top_shape();
    expect_invalid([&] { this->layer_.reshape(Shape{2, 6, 7, 5, 5}); }, "shape", {"5 axes", "2x6x7x5"});
    expect_invalid([&] { this->layer_.reshape(Shape{2, 6, 7}); }, "shape", {"3 axes"});
    expect_invalid([&] { this->layer_.reshape(Shape{2, 8, 7, 5}); }, "shape", {"channels"});
    EXPECT_EQ(this->layer_.bottom_shape(), shape);
    EXPECT_EQ(this->layer_.top_shape(), top);
    EXPECT_EQ(this->run(shape), before);
}

TYPED_TEST(Reshape, is_needed_first) {
    EXPECT_FALSE(this->layer_.reshaped());
    const std::vector<float> memory(9);
    const Shape shape{1, 1, 3, 3};
    const auto tensor = view(memory.data(), shape);
    expect_error(
        [&] {
            this->layer_.forward({&tensor, 1}, {&tensor, 1});
        },
        Status::invalid_state, "layer", {"reshape"});
    expect_error([&] { this->layer_.backward({&tensor, 1}, {&tensor, 1}, {}, {}); }, Status::invalid_state, "layer");
}

TEST(ReshapeConvolution, that_fails_leaves_the_layer_usable) {
    auto layer = make<ConvolutionLayer, float>(open_cpu(1, 2000), options(4, {3}, {2}));
    expect_invalid([&] { layer.reshape(Shape{1, 3, 2, 9}); }, "shape", {"spatial axis 0", "extent 2"});
    EXPECT_FALSE(layer.reshaped());
    EXPECT_EQ(layer.parameter(0), nullptr);
    layer.reshape(Shape{1, 3, 7, 9});
    const std::vector<float> bottom(3 * 7 * 9, 1);
    const auto before = forward(layer, bottom);
    expect_invalid([&] { layer.reshape(Shape{1, 3, 2, 9}); }, "shape", {"spatial axis 0"});
    expect_invalid([&] { layer.reshape(Shape{1, 3, 9}); }, "shape");
    EXPECT_EQ(forward(layer, bottom), before);
}

TEST(ReshapeConvolution, without_memory_for_parameters_leaves_nothing_behind) {
    const auto device = open_cpu(1, 100000, 300000);
    auto layer = make<ConvolutionLayer, float>(device, options(500, {3}));
    expect_error([&] { layer.reshape(Shape{1, 50, 9, 9}); }, Status::out_of_memory, "", {"300000"});
    EXPECT_EQ(device->memory_bytes(), 0);
    EXPECT_FALSE(layer.reshaped());
    EXPECT_NO_THROW(layer.reshape(Shape{1, 3, 9, 9})) << "the channels were not settled by the attempt";
}

TEST(ReshapeConvolution, needs_channels_that_groups_divide) {
    auto layer = make<ConvolutionLayer, float>(open_cpu(1), options(6, {3}, {}, {}, {}, 3));
    expect_invalid([&] { layer.reshape(Shape{1, 4, 9, 9}); }, "group", {"4 channels", "group 3", "1x4x9x9"});
    auto transposed = make<DeconvolutionLayer, float>(open_cpu(1), options(6, {3}, {}, {}, {}, 3));
    expect_invalid([&] { transposed.reshape(Shape{1, 4, 9, 9}); }, "group", {"4 channels", "group 3"});
}

TEST(ReshapeConvolution, with_sizes_beyond_64_bits_is_refused) {
    auto layer = make<ConvolutionLayer, float>(open_cpu(1), options(1 << 30, {1 << 15}));
    expect_invalid([&] { layer.reshape(Shape{1, 1 << 15, 1 << 15, 1 << 15}); }, "kernel", {"64 bits"});
    auto transposed = make<DeconvolutionLayer, float>(open_cpu(1), options(1 << 30, {1}, {1 << 20}));
    expect_invalid([&] { transposed.reshape(Shape{1, 1, 1 << 10, 1 << 10}); }, "shape", {"64 bits"});
}

TEST(Engine, that_is_named_must_be_able) {
    ConvolutionOptions o = options(4, {3});
    o.engine = EngineKind::cudnn;
    auto layer = make<ConvolutionLayer, float>(open_cpu(1), o);
    expect_error([&] { layer.reshape(Shape{1, 3, 6, 6}); }, Status::unsupported, "engine", {"cudnn"});
    o.engine = EngineKind::gemm;
    auto named = make<ConvolutionLayer, float>(open_cpu(1), o);
    named.reshape(Shape{1, 3, 6, 6});
    EXPECT_STREQ(named.plan()->engine_name(), "gemm");
}

}  // namespace
