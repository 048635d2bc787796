// The shape at which Caffe needs hundreds of megabytes of columns.
#include <gtest/gtest.h>

#include <cmath>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

constexpr std::int64_t channels = 64, side = 224;

std::size_t at(std::int64_t channel, std::int64_t y, std::int64_t x) {
    return static_cast<std::size_t>((channel * side + y) * side + x);
}

std::size_t weight_at(std::int64_t out, std::int64_t in, std::int64_t ky, std::int64_t kx) {
    return static_cast<std::size_t>(((out * channels + in) * 3 + ky) * 3 + kx);
}

bool inside(std::int64_t y, std::int64_t x) { return y >= 0 && y < side && x >= 0 && x < side; }

/// Corners, edges, and the seams of tiles: every 8 rows.
template <class Visit>
void for_each_sample(const Visit& visit) {
    for (const std::int64_t channel : {0, 1, 31, 63}) {
        for (const std::int64_t y : {0, 1, 7, 8, 15, 16, 100, 111, 112, 215, 216, 222, 223}) {
            for (const std::int64_t x : {0, 1, 57, 222, 223}) {
                visit(channel, y, x);
            }
        }
    }
}

double tap(const std::vector<float>& image, std::int64_t channel, std::int64_t y, std::int64_t x) {
    return inside(y, x) ? static_cast<double>(image[at(channel, y, x)]) : 0;
}

class VggWorkspace : public testing::TestWithParam<EngineKind> {};

// 64x224x224 -> 64, 3x3: the columns of one image are 110 MiB.
TEST_P(VggWorkspace, of_conv1_2_stays_within_eight_mebibytes) {
    constexpr std::int64_t limit = 8 << 20;
    const auto device = open_cpu(2, limit);
    ConvolutionOptions o = options(64, {3}, {1}, {1});
    o.engine = GetParam();
    o.accuracy = Accuracy::strict;  // for sums that are exact
    auto layer = make<ConvolutionLayer, float>(device, o);
    layer.reshape(Shape{1, channels, side, side});
    SplitMix64 random(7);
    const auto weights = filled<float>(64 * 64 * 9, Fill::integer, random);
    const auto bias = filled<float>(64, Fill::integer, random);
    set_parameter_data(layer, 0, weights);
    set_parameter_data(layer, 1, bias);
    const auto bottom = filled<float>(channels * side * side, Fill::integer, random);
    const auto top_diff = filled<float>(channels * side * side, Fill::integer, random);
    const auto top = forward(layer, bottom), bottom_diff = backward(layer, top_diff, bottom);

    RecordProperty("workspace_peak_bytes", std::to_string(device->workspace().peak_bytes()));
    EXPECT_LE(device->workspace().peak_bytes(), limit);
    if (GetParam() == EngineKind::gemm) {
        EXPECT_GT(device->workspace().peak_bytes(), 0);
        EXPECT_GT(device->counters().im2col, 10) << "there are many tiles";
    }

    for_each_sample([&](std::int64_t channel, std::int64_t y, std::int64_t x) {
        double forward_sum = bias[static_cast<std::size_t>(channel)], backward_sum = 0;
        for (std::int64_t other = 0; other < channels; ++other) {
            for (std::int64_t ky = 0; ky < 3; ++ky) {
                for (std::int64_t kx = 0; kx < 3; ++kx) {
                    forward_sum += tap(bottom, other, y + ky - 1, x + kx - 1) *
                                   static_cast<double>(weights[weight_at(channel, other, ky, kx)]);
                    backward_sum += tap(top_diff, other, y - ky + 1, x - kx + 1) *
                                    static_cast<double>(weights[weight_at(other, channel, ky, kx)]);
                }
            }
        }
        ASSERT_EQ(static_cast<double>(top[at(channel, y, x)]), forward_sum) << channel << " " << y << " " << x;
        ASSERT_EQ(static_cast<double>(bottom_diff[at(channel, y, x)]), backward_sum) << channel << " " << y << " " << x;
    });
    const auto weights_diff = parameter_diff<float>(layer, 0);
    for (const std::int64_t out : {0, 17, 63}) {
        for (const std::int64_t in : {0, 40, 63}) {
            for (std::int64_t k = 0; k < 9; ++k) {
                double sum = 0;
                for (std::int64_t y = 0; y < side; ++y) {
                    for (std::int64_t x = 0; x < side; ++x) {
                        sum += tap(top_diff, out, y, x) * tap(bottom, in, y + k / 3 - 1, x + k % 3 - 1);
                    }
                }
                ASSERT_EQ(static_cast<double>(weights_diff[weight_at(out, in, k / 3, k % 3)]), sum);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(engine, VggWorkspace, testing::Values(EngineKind::automatic, EngineKind::gemm),
                         [](const auto& shown) { return shown.param == EngineKind::gemm ? "gemm" : "automatic"; });

}  // namespace
