// The direct engine gives the same bits with any number of threads and in every run, in all passes of both layers, on
// shapes that are large enough to be shared. An activation changes them as a rectifier behind the layer would.
#include <gtest/gtest.h>

#include <optional>

#include "geometry/rectifier.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct Shared {
    const char* name;
    Shape bottom;
    ConvolutionOptions options;
};

/// Each is more work than one thread would do alone, and has more tasks than seven threads take at once.
std::vector<Shared> shapes() {
    return {
        {"many_3x3", {1, 64, 28, 27}, options(72, {3}, {1}, {1})},
        {"batch_3x3", {3, 40, 14, 15}, options(48, {3}, {1}, {1})},
        {"batch_5x5_s2", {2, 40, 23, 21}, options(44, {5}, {2}, {2})},
        {"small_maps", {9, 72, 7, 7}, options(80, {3}, {1}, {1})},
        {"one_by_one", {2, 200, 15, 14}, options(150, {1})},
        {"one_by_one_s2", {2, 120, 15, 14}, options(90, {1}, {2})},
        {"group", {2, 48, 20, 19}, options(64, {3}, {1}, {1}, {}, 4)},
        {"depthwise", {2, 64, 33, 31}, options(64, {3}, {1}, {1}, {}, 64)},
        {"depthwise_twice_s2", {2, 48, 40, 37}, options(96, {5}, {2}, {2}, {}, 48)},
        {"dilated", {1, 32, 30, 28}, options(36, {3}, {}, {2}, {2})},
        {"kernel_is_stride", {2, 64, 14, 12}, options(40, {2}, {2})},
        {"picture", {2, 3, 64, 61}, options(64, {7}, {2}, {3})},
        {"few_outputs", {1, 48, 40, 37}, options(3, {4}, {2}, {1})},
        {"bilinear", {2, 21, 40, 37}, options(21, {4}, {2}, {1}, {}, 21)},
        {"one_axis", {2, 64, 600}, options(64, {7}, {2}, {3})},
        {"three_axes", {2, 20, 8, 12, 11}, options(36, {3}, {1}, {1})},
    };
}

class EngineBits : public testing::TestWithParam<Shared> {
protected:
    static ConvolutionOptions on(EngineKind engine) {
        ConvolutionOptions o = GetParam().options;
        o.engine = engine;
        return o;
    }

    /// The top and all gradients, those of the parameters after two backward passes. A rectifier of the slope `behind`
    /// is no part of the layer.
    template <class LayerType, class T>
    static std::vector<std::vector<T>> all_passes(const std::shared_ptr<CpuDevice>& device, const ConvolutionOptions& o,
                                                  const std::optional<T>& behind = {}) {
        auto layer = make<LayerType, T>(device, o);
        layer.reshape(GetParam().bottom);
        SplitMix64 random(21);
        for (int i = 0; i < layer.parameter_count(); ++i) {
            set_parameter_data(layer, i, filled<T>(layer.parameter(i)->shape().count(), Fill::random, random));
        }
        const auto bottom = filled<T>(layer.bottom_shape().count(), Fill::random, random);
        auto top_diff = filled<T>(layer.top_shape().count(), Fill::random, random);
        auto top = forward(layer, bottom);
        for (std::size_t i = 0; behind && i < top.size(); ++i) {
            top[i] = rectified(top[i], top[i], *behind);
            top_diff[i] = rectified(top[i], top_diff[i], *behind);
        }
        std::vector<std::vector<T>> results{top, backward(layer, top_diff, bottom, top),
                                            backward(layer, top_diff, bottom, top)};
        for (int i = 0; i < layer.parameter_count(); ++i) {
            const auto diff = parameter_diff<T>(layer, i);
            results.emplace_back(diff.begin(), diff.end());
        }
        return results;
    }

    template <class LayerType, class T>
    static void expect_same_bits() {
        const auto one = all_passes<LayerType, T>(open_cpu(1), on(EngineKind::direct));
        EXPECT_EQ(one[1], one[2]) << "the second backward pass gave another gradient";
        for (const int threads : {1, 2, 3, 7}) {
            const auto device = open_cpu(threads);
            for (int run = 0; run < (threads == 3 ? 2 : 1); ++run) {
                const auto now = all_passes<LayerType, T>(device, on(EngineKind::direct));
                for (std::size_t i = 0; i < one.size(); ++i) {
                    EXPECT_TRUE(now[i] == one[i]) << "result " << i << " with " << threads << " threads, run " << run;
                }
            }
        }
    }

    template <class LayerType, class T>
    static void expect_rectified() {
        const auto device = open_cpu(2);
        for (const EngineKind engine : {EngineKind::direct, EngineKind::gemm}) {
            for (const float slope : {0.0F, 0.3F}) {
                ConvolutionOptions with_activation = on(engine);
                with_activation.activation = Activation::relu;
                with_activation.negative_slope = slope;
                const auto inside = all_passes<LayerType, T>(device, with_activation);
                const auto behind = all_passes<LayerType, T>(device, on(engine), std::optional<T>(slope));
                EXPECT_EQ(inside, behind) << "engine " << static_cast<int>(engine) << ", slope " << slope;
            }
        }
    }
};

TEST_P(EngineBits, of_a_convolution_are_the_same) {
    expect_same_bits<ConvolutionLayer, float>();
    expect_same_bits<ConvolutionLayer, double>();
}

TEST_P(EngineBits, of_a_deconvolution_are_the_same) {
    expect_same_bits<DeconvolutionLayer, float>();
    expect_same_bits<DeconvolutionLayer, double>();
}

TEST_P(EngineBits, of_a_convolution_are_rectified_by_an_activation) {
    expect_rectified<ConvolutionLayer, float>();
    expect_rectified<ConvolutionLayer, double>();
}

TEST_P(EngineBits, of_a_deconvolution_are_rectified_by_an_activation) {
    expect_rectified<DeconvolutionLayer, float>();
    expect_rectified<DeconvolutionLayer, double>();
}

INSTANTIATE_TEST_SUITE_P(with, EngineBits, testing::ValuesIn(shapes()),
                         [](const auto& shown) { return shown.param.name; });

}  // namespace
