// The same bits for any number of threads, in every pass, with and without tiles.
#include <gtest/gtest.h>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

template <class LayerType, class T>
std::vector<std::vector<T>> all_passes(const std::shared_ptr<CpuDevice>& device, const Shape& shape,
                                       const ConvolutionOptions& o) {
    auto layer = make<LayerType, T>(device, o);
    layer.reshape(shape);
    SplitMix64 random(11);
    for (int i = 0; i < layer.parameter_count(); ++i) {
        set_parameter_data(layer, i, filled<T>(layer.parameter(i)->shape().count(), Fill::random, random));
    }
    const auto bottom = filled<T>(shape.count(), Fill::random, random);
    const auto top_diff = filled<T>(layer.top_shape().count(), Fill::random, random);
    std::vector<std::vector<T>> results{forward(layer, bottom), backward(layer, top_diff, bottom)};
    for (int i = 0; i < layer.parameter_count(); ++i) {
        const auto diff = parameter_diff<T>(layer, i);
        results.emplace_back(diff.begin(), diff.end());
    }
    layer.set_param_propagate_down(0, false);
    results.push_back(backward(layer, top_diff, bottom));
    return results;
}

template <class LayerType, class T>
void expect_same_bits(const Shape& shape, const ConvolutionOptions& o) {
    for (const std::int64_t workspace : {0, 20000}) {
        const auto one = all_passes<LayerType, T>(open_cpu(1, workspace), shape, o);
        for (const int threads : {1, 2, 3, 7}) {
            EXPECT_EQ((all_passes<LayerType, T>(open_cpu(threads, workspace), shape, o)), one)
                << threads << " threads, workspace " << workspace;
        }
    }
}

template <class LayerType, class T>
void expect_same_bits_in_many_shapes() {
    expect_same_bits<LayerType, T>(Shape{3, 8, 20, 21}, options(16, {3}, {1}, {1}));
    expect_same_bits<LayerType, T>(Shape{2, 8, 15, 17}, options(12, {3}, {2}, {1}, {2}, 4));
    expect_same_bits<LayerType, T>(Shape{4, 32, 12, 12}, options(24, {1}));
    expect_same_bits<LayerType, T>(Shape{70, 40, 1, 1}, options(20, {1}));
    expect_same_bits<LayerType, T>(Shape{2, 6, 6, 7, 8}, options(8, {3}, {1}, {1}, {}, 2));
}

TEST(Threads, give_a_convolution_the_same_bits) {
    expect_same_bits_in_many_shapes<ConvolutionLayer, float>();
    expect_same_bits_in_many_shapes<ConvolutionLayer, double>();
    expect_same_bits<ConvolutionLayer, float>(Shape{50, 30, 5, 5}, options(40, {5}));
}

TEST(Threads, give_a_deconvolution_the_same_bits) {
    expect_same_bits_in_many_shapes<DeconvolutionLayer, float>();
    expect_same_bits_in_many_shapes<DeconvolutionLayer, double>();
    expect_same_bits<DeconvolutionLayer, float>(Shape{50, 30, 1, 1}, options(40, {5}));
}

// Layers on several threads share one device: its pool of threads, its workspace and its memory.
TEST(Threads, run_different_layers_on_one_device_at_once) {
    const Shape shape{2, 8, 20, 21};
    const auto o = options(8, {3}, {1}, {1});
    constexpr std::int64_t workspace = 300000;  // room for two of them
    const auto expected = all_passes<ConvolutionLayer, float>(open_cpu(1, workspace), shape, o);
    const auto device = open_cpu(3, workspace);
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5; ++round) {
                EXPECT_EQ((all_passes<ConvolutionLayer, float>(device, shape, o)), expected);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_LE(device->workspace().peak_bytes(), workspace);
}

}  // namespace
