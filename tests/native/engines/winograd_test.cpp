// Winograd's method: taken by default where it is faster, within the error that default accuracy promises, never when
// accuracy is strict, and with the same bits for any number of threads.
#include <gtest/gtest.h>

#include <cstring>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"
#include "testing/relative_error.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct Case {
    const char* name;
    std::int64_t images, channels, height, width, outputs, pad, dilation = 1, groups = 1, kernel = 3, stride = 1;
    bool deconvolution = false;
};

void PrintTo(const Case& shown, std::ostream* out) { *out << shown.name; }

// The shapes of well-known nets that it is for, and edges: no padding and the most, sides that tiles do not divide,
// channels that no vector divides, dilations with phases of unequal size, and kernels of every size and stride that it
// takes.
const Case cases[] = {
    {"vgg_conv1_2", 1, 64, 224, 224, 64, 1},
    {"vgg_conv3_1", 1, 128, 56, 56, 256, 1},
    {"vgg_conv5", 1, 512, 14, 14, 512, 1},
    {"resnet_conv2", 1, 64, 56, 56, 64, 1},
    {"resnet_conv5", 16, 512, 7, 7, 512, 1},
    {"resnet_conv5_of_few_images", 3, 512, 7, 7, 512, 1},
    {"upconv_7", 1, 128, 60, 60, 256, 0},
    {"odd_sides", 2, 33, 17, 23, 40, 0},
    {"most_padding", 3, 48, 9, 31, 65, 2},
    {"few_tiles_across", 2, 128, 61, 12, 128, 1},
    {"wide", 1, 32, 6, 301, 32, 1},
    {"rfcn", 1, 512, 38, 57, 512, 3, 3},
    {"unequal_phases", 2, 72, 41, 38, 80, 4, 4},
    {"resnext", 2, 256, 56, 56, 256, 1, 1, 16},
    {"groups_and_dilation", 2, 96, 30, 31, 120, 2, 2, 2},
    {"alexnet_conv2", 2, 96, 27, 27, 256, 2, 1, 2, 5},
    {"kernel_5_without_padding", 1, 40, 31, 22, 70, 0, 1, 1, 5},
    {"kernel_4", 1, 64, 32, 33, 64, 1, 1, 1, 4},
    {"kernel_2", 2, 64, 32, 33, 96, 0, 1, 1, 2},
    {"dcgan_4", 4, 64, 64, 64, 128, 1, 1, 1, 4, 2},
    {"dcgan_3", 16, 256, 16, 16, 512, 1, 1, 1, 4, 2},
    {"strided_odd_sides", 3, 72, 35, 46, 88, 0, 1, 1, 4, 2},
    {"kernel_6_stride_3", 2, 64, 48, 51, 64, 2, 1, 1, 6, 3},
    {"kernel_6_stride_2", 2, 48, 40, 41, 64, 2, 1, 1, 6, 2},
    {"many_targets_of_strides", 1, 405, 22, 24, 48, 1, 1, 1, 4, 2},
    {"dcgan_3_deconvolution", 1, 512, 8, 8, 256, 1, 1, 1, 4, 2, true},
    {"dcgan_3_deconvolution_of_a_batch", 16, 512, 8, 8, 256, 1, 1, 1, 4, 2, true},
    {"sets_of_odd_sides", 8, 280, 15, 13, 272, 1, 1, 1, 4, 2, true},
    {"sets_of_groups", 8, 560, 8, 7, 272, 2, 1, 2, 6, 3, true},
    {"few_tiles_and_groups", 2, 800, 9, 7, 96, 0, 1, 2, 6, 3, true},
    {"slices_of_groups", 2, 512, 8, 8, 512, 1, 1, 2},
    {"long_sums", 1, 2048, 14, 14, 64, 1},
    {"long_sums_of_kernel_5", 1, 2048, 22, 22, 64, 2, 1, 1, 5},
    {"long_sums_of_strides", 2, 768, 48, 48, 128, 1, 1, 1, 4, 2},
};

// The same for the gradient of the weights.
const Case gradient_cases[] = {
    {"vgg_conv1_2", 1, 64, 224, 224, 64, 1},
    {"vgg_conv3_1", 2, 128, 56, 56, 256, 1},
    {"resnet_conv5", 16, 512, 7, 7, 512, 1},
    {"no_padding", 3, 50, 33, 29, 70, 0},
    {"most_padding", 3, 48, 9, 31, 65, 2},
    {"dilated", 2, 64, 38, 57, 72, 3, 3},
    {"phases_of_few_rows", 4, 128, 11, 60, 128, 4, 4},
    {"groups", 2, 96, 30, 31, 80, 1, 1, 2},
    {"alexnet_conv2", 2, 96, 27, 27, 256, 2, 1, 2, 5},
    {"kernel_2", 2, 64, 41, 42, 96, 0, 1, 1, 2},
    {"kernel_4", 2, 64, 32, 33, 64, 1, 1, 1, 4},
    {"dcgan_4", 4, 64, 64, 64, 128, 1, 1, 1, 4, 2},
    {"strided_odd_sides", 8, 72, 53, 46, 88, 0, 1, 1, 4, 2},
    {"kernel_6_stride_2", 4, 48, 60, 61, 64, 2, 1, 1, 6, 2},
};

class Winograd : public testing::TestWithParam<Case> {};

/// Top and gradient of the bottom, on numbers that depend on the case alone.
template <class T>
struct Results {
    std::vector<T> top, bottom_diff, weight_diff;
    Algorithms algorithms;
};

template <class T, class Layer>
Results<T> run_layer(const Case& window, Accuracy accuracy, int threads) {
    ConvolutionOptions o =
        options(window.outputs, {window.kernel}, {window.stride}, {window.pad}, {window.dilation}, window.groups);
    o.accuracy = accuracy;
    auto layer = make<Layer, T>(open_cpu(threads), o);
    layer.reshape(Shape{window.images, window.channels, window.height, window.width});
    SplitMix64 random(11);
    const auto draw = [&](std::int64_t count) { return drawn_as_float<T>(count, random); };
    set_parameter_data(layer, 0, draw(layer.parameter(0)->shape().count()));
    set_parameter_data(layer, 1, draw(window.outputs));
    const auto bottom = draw(layer.bottom_shape().count()), top_diff = draw(layer.top_shape().count());
    auto top = forward(layer, bottom);
    auto bottom_diff = backward(layer, top_diff, bottom);
    const auto weight_diff = parameter_diff<T>(layer, 0);
    return {std::move(top), std::move(bottom_diff), {weight_diff.begin(), weight_diff.end()}, layer.algorithms()};
}

template <class T>
Results<T> run(const Case& window, Accuracy accuracy, int threads) {
    return window.deconvolution ? run_layer<T, DeconvolutionLayer>(window, accuracy, threads)
                                : run_layer<T, ConvolutionLayer>(window, accuracy, threads);
}

bool is_winograds(std::string_view algorithm) { return algorithm.starts_with("winograd"); }

TEST_P(Winograd, keeps_the_promise_of_default_accuracy) {
    const auto ours = run<float>(GetParam(), Accuracy::standard, 2);
    EXPECT_TRUE(is_winograds(ours.algorithms.forward)) << ours.algorithms.forward;
    EXPECT_TRUE(is_winograds(ours.algorithms.backward_data)) << ours.algorithms.backward_data;
    const auto exact = run<double>(GetParam(), Accuracy::strict, 2);
    EXPECT_FALSE(is_winograds(exact.algorithms.forward));
    EXPECT_FALSE(is_winograds(exact.algorithms.backward_data));
    const double forward_error = relative_error(ours.top, exact.top);
    const double backward_error = relative_error(ours.bottom_diff, exact.bottom_diff);
    RecordProperty("forward_error", std::to_string(forward_error * 1e6) + "e-6");
    RecordProperty("backward_error", std::to_string(backward_error * 1e6) + "e-6");
    EXPECT_LE(forward_error, 1e-5);
    EXPECT_LE(backward_error, 1e-5);
    EXPECT_GT(forward_error, 1e-8) << "was it this method that ran?";
    EXPECT_GT(backward_error, 1e-8) << "was it this method that ran?";
}

TEST_P(Winograd, gives_the_same_bits_for_any_number_of_threads) {
    const auto one = run<float>(GetParam(), Accuracy::standard, 1);
    for (const int threads : {2, 3, 7}) {
        const auto more = run<float>(GetParam(), Accuracy::standard, threads);
        EXPECT_EQ(std::memcmp(more.top.data(), one.top.data(), one.top.size() * sizeof(float)), 0) << threads;
        EXPECT_EQ(std::memcmp(more.bottom_diff.data(), one.bottom_diff.data(), one.bottom_diff.size() * sizeof(float)),
                  0)
            << threads;
    }
}

TEST_P(Winograd, is_exact_enough_in_double) {
    const auto ours = run<double>(GetParam(), Accuracy::standard, 2);
    const auto exact = run<double>(GetParam(), Accuracy::strict, 2);
    for (std::size_t i = 0; i < exact.top.size(); ++i) {
        ASSERT_NEAR(ours.top[i], exact.top[i], 1e-11) << i;
    }
    for (std::size_t i = 0; i < exact.bottom_diff.size(); ++i) {
        ASSERT_NEAR(ours.bottom_diff[i], exact.bottom_diff[i], 1e-11) << i;
    }
}

class WinogradGradient : public testing::TestWithParam<Case> {};

TEST_P(WinogradGradient, keeps_the_promise_of_default_accuracy) {
    const auto ours = run<float>(GetParam(), Accuracy::standard, 2);
    EXPECT_TRUE(is_winograds(ours.algorithms.backward_filter)) << ours.algorithms.backward_filter;
    const auto exact = run<double>(GetParam(), Accuracy::strict, 2);
    EXPECT_FALSE(is_winograds(exact.algorithms.backward_filter));
    const double error = relative_error(ours.weight_diff, exact.weight_diff);
    RecordProperty("error", std::to_string(error * 1e6) + "e-6");
    EXPECT_LE(error, 1e-5);
    EXPECT_GT(error, 1e-8) << "was it this method that ran?";
}

TEST_P(WinogradGradient, gives_the_same_bits_for_any_number_of_threads) {
    const auto one = run<float>(GetParam(), Accuracy::standard, 1);
    for (const int threads : {2, 3, 7}) {
        const auto more = run<float>(GetParam(), Accuracy::standard, threads);
        EXPECT_EQ(std::memcmp(more.weight_diff.data(), one.weight_diff.data(), one.weight_diff.size() * sizeof(float)),
                  0)
            << threads;
    }
}

TEST_P(WinogradGradient, is_exact_enough_in_double) {
    const auto ours = run<double>(GetParam(), Accuracy::standard, 2);
    const auto exact = run<double>(GetParam(), Accuracy::strict, 2);
    for (std::size_t i = 0; i < exact.weight_diff.size(); ++i) {
        ASSERT_NEAR(ours.weight_diff[i], exact.weight_diff[i], 1e-9) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(of, WinogradGradient, testing::ValuesIn(gradient_cases),
                         [](const auto& shown) { return std::string(shown.param.name); });

INSTANTIATE_TEST_SUITE_P(of, Winograd, testing::ValuesIn(cases),
                         [](const auto& shown) { return std::string(shown.param.name); });

// VGG's conv1_2 takes this method by default, and stays within a limit that its columns would exceed fourteenfold.
TEST(WinogradWorkspace, stays_within_the_limit_of_the_device) {
    constexpr std::int64_t limit = 8 << 20;
    const auto device = open_cpu(2, limit);
    auto layer = make<ConvolutionLayer, float>(device, options(64, {3}, {1}, {1}));
    layer.reshape(Shape{1, 64, 224, 224});
    ASSERT_STREQ(layer.algorithms().forward, "winograd 4x4 3x3");
    const std::vector<float> bottom(static_cast<std::size_t>(layer.bottom_shape().count()), 1);
    backward(layer, forward(layer, bottom), bottom);
    RecordProperty("workspace_peak_bytes", std::to_string(device->workspace().peak_bytes()));
    EXPECT_GT(device->workspace().peak_bytes(), 0);
    EXPECT_LE(device->workspace().peak_bytes(), limit);
}

TEST(WinogradChoice, is_for_many_channels_and_small_square_kernels) {
    const auto algorithm = [](const ConvolutionOptions& o) {
        auto layer = make<ConvolutionLayer, float>(open_cpu(), o);
        layer.reshape(Shape{1, 64, 30, 30});
        return std::string(layer.algorithms().forward);
    };
    EXPECT_EQ(algorithm(options(64, {3})), "winograd 4x4 3x3");
    EXPECT_EQ(algorithm(options(64, {5})), "winograd 2x2 5x5");
    EXPECT_TRUE(is_winograds(algorithm(options(64, {4}, {2}))));
    EXPECT_FALSE(is_winograds(algorithm(options(64, {3, 5})))) << "unequal sides";
    EXPECT_FALSE(is_winograds(algorithm(options(64, {7})))) << "points too far apart for the errors";
    EXPECT_FALSE(is_winograds(algorithm(options(3, {3})))) << "too few outputs to pay";
    EXPECT_FALSE(is_winograds(algorithm(options(64, {1}))));
}

}  // namespace
