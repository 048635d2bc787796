// Windows that need no columns take no workspace and gather nothing, in any direction; the others gather once a tile.
#include <gtest/gtest.h>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

/// The engine whose columns are counted here.
ConvolutionOptions gemm_options(std::int64_t num_output, std::vector<std::int64_t> kernel,
                                std::vector<std::int64_t> stride = {}, std::vector<std::int64_t> pad = {},
                                std::vector<std::int64_t> dilation = {}, std::int64_t group = 1) {
    ConvolutionOptions o =
        options(num_output, std::move(kernel), std::move(stride), std::move(pad), std::move(dilation), group);
    o.engine = EngineKind::gemm;
    return o;
}

struct Used {
    std::int64_t im2col, col2im, peak;
};

class Shortcut : public testing::Test {
protected:
    template <class Pass>
    Used measure(const Pass& pass) {
        device_->counters().im2col = 0;
        device_->counters().col2im = 0;
        device_->counters().gemm = 0;
        device_->workspace().trim();
        device_->workspace().reset_peak();
        pass();
        EXPECT_GT(device_->counters().gemm, 0);
        return {device_->counters().im2col, device_->counters().col2im, device_->workspace().peak_bytes()};
    }

    /// Runs every pass, with every combination of gradients.
    template <class LayerType>
    void expect_no_columns(const Shape& shape, const ConvolutionOptions& o, const char* algorithm) {
        auto layer = make<LayerType, float>(device_, o);
        layer.reshape(shape);
        EXPECT_STREQ(layer.plan()->algorithms().forward, algorithm);
        EXPECT_EQ(layer.plan()->workspace_bytes(), 0);
        const std::vector<float> bottom(static_cast<std::size_t>(shape.count()), 1);
        const std::vector<float> top_diff(static_cast<std::size_t>(layer.top_shape().count()), 1);
        for (const bool frozen : {false, true}) {
            layer.set_param_propagate_down(0, !frozen);
            const Used used = measure([&] {
                forward(layer, bottom);
                backward(layer, top_diff, bottom);
            });
            EXPECT_EQ(used.im2col, 0);
            EXPECT_EQ(used.col2im, 0);
            EXPECT_EQ(used.peak, 0);
        }
        EXPECT_EQ(device_->workspace().allocated_bytes(), 0);
    }

    std::shared_ptr<CpuDevice> device_ = open_cpu(2);
};

TEST_F(Shortcut, one_by_one_windows_with_channels_last) {
    for (const std::int64_t group : {1, 2}) {
        ConvolutionOptions o = gemm_options(6, {1}, {}, {}, {}, group);
        o.layout = TensorLayout::channels_last;
        expect_no_columns<ConvolutionLayer>(Shape{2, 5, 6, 4}, o, "gemm 1x1");
        expect_no_columns<DeconvolutionLayer>(Shape{2, 5, 6, 4}, o, "gemm 1x1");
        expect_no_columns<ConvolutionLayer>(Shape{2, 1, 1, 4}, o, "gemm 1x1");
    }
}

TEST_F(Shortcut, one_by_one_windows) {
    for (const std::int64_t group : {1, 2}) {
        expect_no_columns<ConvolutionLayer>(Shape{2, 4, 5, 6}, gemm_options(6, {1}, {}, {}, {}, group), "gemm 1x1");
        expect_no_columns<DeconvolutionLayer>(Shape{2, 4, 5, 6}, gemm_options(6, {1}, {}, {}, {}, group), "gemm 1x1");
        expect_no_columns<ConvolutionLayer>(Shape{2, 4, 3, 5, 6}, gemm_options(6, {1}, {1}, {0}, {}, group),
                                            "gemm 1x1");
        expect_no_columns<ConvolutionLayer>(Shape{2, 4, 5, 6}, gemm_options(6, {1}, {}, {}, {3}, group), "gemm 1x1");
    }
}

TEST_F(Shortcut, one_window_over_the_whole_input) {
    for (const std::int64_t group : {1, 2}) {
        expect_no_columns<ConvolutionLayer>(Shape{3, 4, 5, 6}, gemm_options(6, {5, 6}, {}, {}, {}, group), "gemm full");
        expect_no_columns<ConvolutionLayer>(Shape{3, 4, 5, 5}, gemm_options(6, {5}, {3}, {}, {}, group), "gemm full");
        expect_no_columns<DeconvolutionLayer>(Shape{3, 4, 1, 1}, gemm_options(6, {5, 6}, {}, {}, {}, group),
                                              "gemm full");
        expect_no_columns<DeconvolutionLayer>(Shape{3, 4, 1, 1}, gemm_options(6, {4}, {7}, {}, {}, group), "gemm full");
    }
}

TEST_F(Shortcut, no_spatial_axes) {
    expect_no_columns<ConvolutionLayer>(Shape{3, 4}, gemm_options(6, {}), "gemm full");
    expect_no_columns<DeconvolutionLayer>(Shape{3, 4}, gemm_options(6, {}), "gemm full");
}

// One product for the whole batch, not one for each image.
TEST_F(Shortcut, full_windows_take_one_product) {
    auto layer = make<ConvolutionLayer, float>(device_, gemm_options(6, {5}));
    layer.reshape(Shape{9, 4, 5, 5});
    device_->counters().gemm = 0;
    forward(layer, std::vector<float>(900, 1));
    EXPECT_EQ(device_->counters().gemm, 1);
}

struct Passes {
    Used forward, both, data_only, filter_only;
};

class Tiles : public Shortcut, public testing::WithParamInterface<std::int64_t> {
protected:
    template <class LayerType>
    Passes passes(LayerType& layer) {
        const std::vector<float> bottom(static_cast<std::size_t>(layer.bottom_shape().count()), 1);
        const std::vector<float> top_diff(static_cast<std::size_t>(layer.top_shape().count()), 1);
        Passes result{};
        result.forward = measure([&] { forward(layer, bottom); });
        result.both = measure([&] { backward(layer, top_diff, bottom); });
        const auto dy = view(top_diff.data(), layer.top_shape()), x = view(bottom.data(), layer.bottom_shape());
        result.filter_only = measure([&] { layer.backward({&dy, 1}, {&x, 1}, {}, {}); });
        layer.set_param_propagate_down(0, false);
        result.data_only = measure([&] { backward(layer, top_diff, bottom); });
        return result;
    }
};

// The columns of the top's gradient are needed for both gradients and gathered once; with tiles, once a tile.
TEST_P(Tiles, deconvolution_gathers_once_for_both_gradients) {
    const auto device = open_cpu(2, GetParam());
    device_ = device;
    auto layer = make<DeconvolutionLayer, float>(device, gemm_options(4, {3}, {2}, {1}));
    layer.reshape(Shape{3, 5, 8, 9});
    const std::int64_t position = 4 * 9 * 4, image = position * 72;
    const std::int64_t workspace = layer.plan()->workspace_bytes();
    // A workspace of whole images, or of whole rows of one image.
    const std::int64_t tiles =
        workspace >= image ? (3 * image + workspace - 1) / workspace : 3 * ((image + workspace - 1) / workspace);
    EXPECT_EQ(tiles > 1, GetParam() < 3 * image);
    const Passes p = passes(layer);
    EXPECT_EQ(p.forward.col2im, tiles);
    EXPECT_EQ(p.forward.im2col, 0);
    EXPECT_EQ(p.both.im2col, tiles) << "once a tile, not twice";
    EXPECT_EQ(p.both.col2im, 0);
    EXPECT_EQ(p.data_only.im2col, tiles);
    EXPECT_EQ(p.filter_only.im2col, tiles);
    for (const Used& used : {p.forward, p.both, p.data_only, p.filter_only}) {
        EXPECT_EQ(used.peak, workspace) << "the plan says what it takes";
        EXPECT_LE(used.peak, GetParam());
    }
}

TEST_P(Tiles, convolution_gathers_once_a_pass) {
    const auto device = open_cpu(2, GetParam());
    device_ = device;
    auto layer = make<ConvolutionLayer, float>(device, gemm_options(4, {3}, {1}, {1}));
    layer.reshape(Shape{3, 5, 8, 9});
    const std::int64_t image = 5 * 9 * 4 * 72, workspace = layer.plan()->workspace_bytes();
    const std::int64_t tiles =
        workspace >= image ? (3 * image + workspace - 1) / workspace : 3 * ((image + workspace - 1) / workspace);
    const Passes p = passes(layer);
    EXPECT_EQ(p.forward.im2col, tiles);
    EXPECT_EQ(p.filter_only.im2col, tiles);
    EXPECT_EQ(p.both.im2col, tiles);
    EXPECT_EQ(p.both.col2im, tiles);
    EXPECT_EQ(p.data_only.im2col, 0);
    EXPECT_EQ(p.data_only.col2im, tiles);
    EXPECT_LE(p.both.peak, GetParam());
}

INSTANTIATE_TEST_SUITE_P(workspace, Tiles, testing::Values(1 << 20, 30000, 12000, 6000, 2000, 600, 300),
                         [](const auto& shown) { return std::to_string(shown.param); });

TEST(Workspace, too_small_for_one_position_is_an_error_that_says_so) {
    const auto device = open_cpu(1, 100);
    auto layer = make<ConvolutionLayer, float>(device, gemm_options(4, {3}));
    expect_error(
        [&] {
            layer.reshape(Shape{1, 3, 6, 6});
        },
        Status::out_of_memory, "workspace_limit_bytes", {"108 bytes", "limit is 100"});
    EXPECT_FALSE(layer.reshaped());
}

}  // namespace
