// Which methods a device with an autotuner takes, by times that the test makes up.
#include <gtest/gtest.h>

#include <set>

#include "engines/engine.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

constexpr std::int64_t plenty = std::int64_t{64} << 20;

/// Calls of the measurement so far, and which of them is the shortest.
struct Clock {
    int calls = 0;
    int shortest = 0;

    std::shared_ptr<CpuDevice> device(std::int64_t workspace = plenty) {
        return std::make_shared<CpuDevice>(2, workspace, 0, std::make_unique<Autotuner>([this](const auto& run) {
                                               run();
                                               return calls++ == shortest ? 1.0 : 2.0;
                                           }));
    }
};

std::unique_ptr<ConvolutionLayer> layer_on(const std::shared_ptr<CpuDevice>& device,
                                           Accuracy accuracy = Accuracy::standard,
                                           const Shape& bottom = {2, 64, 30, 29}) {
    ConvolutionOptions o = options(64, {3}, {1}, {1});
    o.accuracy = accuracy;
    auto layer = std::make_unique<ConvolutionLayer>(device, DataType::float32, o);
    layer->reshape(bottom);
    return layer;
}

TEST(Autotune, takes_the_shortest_of_all_methods) {
    std::set<std::string> taken;
    for (int shortest = 0; shortest < 5; ++shortest) {
        Clock clock{0, shortest};
        taken.insert(layer_on(clock.device())->algorithms().forward);
    }
    EXPECT_EQ(taken, (std::set<std::string>{"winograd 4x4 3x3", "winograd 2x2 3x3", "implicit gemm", "padded bands",
                                            "channel vectors"}));
}

TEST(Autotune, never_takes_winograds_method_when_strict) {
    for (int shortest = 0; shortest < 6; ++shortest) {
        Clock clock{0, shortest};
        const auto algorithms = layer_on(clock.device(), Accuracy::strict)->algorithms();
        EXPECT_FALSE(std::string_view(algorithms.forward).starts_with("winograd"));
        EXPECT_FALSE(std::string_view(algorithms.backward_data).starts_with("winograd"));
    }
}

TEST(Autotune, times_a_problem_once) {
    Clock clock;
    const auto device = clock.device();
    layer_on(device);
    const int once = clock.calls;
    EXPECT_GT(once, 3);
    layer_on(device);
    EXPECT_EQ(clock.calls, once);
    layer_on(device, Accuracy::strict);
    EXPECT_GT(clock.calls, once) << "another problem";
}

TEST(Autotune, estimates_where_no_image_fits_the_workspace) {
    Clock clock;
    const auto tuned = layer_on(clock.device(std::int64_t{1} << 20));
    EXPECT_EQ(clock.calls, 0);
    const auto estimated = layer_on(open_cpu(2, std::int64_t{1} << 20));
    EXPECT_STREQ(tuned->algorithms().forward, estimated->algorithms().forward);
}

TEST(Autotune, keeps_to_the_workspace_limit) {
    Clock clock;
    const auto device = clock.device(std::int64_t{8} << 20);
    const auto layer = layer_on(device, Accuracy::standard, {16, 64, 30, 29});
    EXPECT_GT(clock.calls, 3) << "with fewer images";
    EXPECT_LE(device->workspace().peak_bytes(), std::int64_t{8} << 20);
    EXPECT_LE(layer->plan()->workspace_bytes(), std::int64_t{8} << 20);
}

TEST(Autotune, is_right_whatever_is_chosen) {
    SplitMix64 random(3);
    const auto weights = filled<float>(64 * 64 * 9, Fill::random, random);
    const auto bottom = filled<float>(2 * 64 * 30 * 29, Fill::random, random);
    const auto expected_from = layer_on(open_cpu(2));
    set_parameter_data(*expected_from, 0, weights);
    const auto expected = forward(*expected_from, bottom);
    for (int shortest = 0; shortest < 5; ++shortest) {
        Clock clock{0, shortest};
        const auto layer = layer_on(clock.device());
        set_parameter_data(*layer, 0, weights);
        const auto top = forward(*layer, bottom);
        double difference = 0, norm = 0;
        for (std::size_t i = 0; i < top.size(); ++i) {
            difference += (top[i] - expected[i]) * (top[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        EXPECT_LE(difference, 4e-10 * norm) << layer->algorithms().forward;
        EXPECT_EQ(forward(*layer, bottom), top);
    }
}

TEST(Autotune, runs_with_the_real_clock_too) {
    const auto device = CpuDevice::open({2, 0, 0, true});
    EXPECT_STREQ(layer_on(device)->algorithms().forward, layer_on(device)->algorithms().forward);
}

}  // namespace
