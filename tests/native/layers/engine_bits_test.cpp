// The direct engine gives the same bits with any number of threads and in every run, in all passes of both layers, on
// shapes that are large enough to be shared.
#include <gtest/gtest.h>

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
    /// The top and all gradients, those of the parameters after two backward passes.
    template <class LayerType, class T>
    static std::vector<std::vector<T>> all_passes(const std::shared_ptr<CpuDevice>& device) {
        ConvolutionOptions o = GetParam().options;
        o.engine = EngineKind::direct;
        auto layer = make<LayerType, T>(device, o);
        layer.reshape(GetParam().bottom);
        SplitMix64 random(21);
        for (int i = 0; i < layer.parameter_count(); ++i) {
            set_parameter_data(layer, i, filled<T>(layer.parameter(i)->shape().count(), Fill::random, random));
        }
        const auto bottom = filled<T>(layer.bottom_shape().count(), Fill::random, random);
        const auto top_diff = filled<T>(layer.top_shape().count(), Fill::random, random);
        std::vector<std::vector<T>> results{forward(layer, bottom), backward(layer, top_diff, bottom),
                                            backward(layer, top_diff, bottom)};
        for (int i = 0; i < layer.parameter_count(); ++i) {
            const auto diff = parameter_diff<T>(layer, i);
            results.emplace_back(diff.begin(), diff.end());
        }
        return results;
    }

    template <class LayerType, class T>
    static void expect_same_bits() {
        const auto one = all_passes<LayerType, T>(open_cpu(1));
        EXPECT_EQ(one[1], one[2]) << "the second backward pass gave another gradient";
        for (const int threads : {1, 2, 3, 7}) {
            const auto device = open_cpu(threads);
            for (int run = 0; run < (threads == 3 ? 2 : 1); ++run) {
                const auto now = all_passes<LayerType, T>(device);
                for (std::size_t i = 0; i < one.size(); ++i) {
                    EXPECT_TRUE(now[i] == one[i]) << "result " << i << " with " << threads << " threads, run " << run;
                }
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

INSTANTIATE_TEST_SUITE_P(with, EngineBits, testing::ValuesIn(shapes()),
                         [](const auto& shown) { return shown.param.name; });

}  // namespace
