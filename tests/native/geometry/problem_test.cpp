#include <gtest/gtest.h>

#include "geometry/convolution_problem.hpp"
#include "reference/reference.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using testing_support::expect_invalid;
using Values = std::vector<std::int64_t>;

namespace {

Window window(std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t dilation) {
    return {{kernel}, {stride}, {pad}, {dilation}};
}

template <class Visit>
void for_each_window(const Visit& visit) {
    for (std::int64_t in = 1; in <= 9; ++in) {
        for (std::int64_t kernel = 1; kernel <= 4; ++kernel) {
            for (std::int64_t stride = 1; stride <= 4; ++stride) {
                for (std::int64_t pad = 0; pad <= 3; ++pad) {
                    for (std::int64_t dilation = 1; dilation <= 3; ++dilation) {
                        visit(in, window(kernel, stride, pad, dilation));
                    }
                }
            }
        }
    }
}

reference::Problem reference_problem(std::int64_t in, const Window& w) {
    reference::Problem p;
    p.in = {in};
    p.kernel = w.kernel;
    p.stride = w.stride;
    p.pad = w.pad;
    p.dilation = w.dilation;
    return p;
}

TEST(Extents, of_convolution_are_those_that_counting_windows_gives) {
    for_each_window([](std::int64_t in, const Window& w) {
        const std::int64_t expected = reference::convolution_out(reference_problem(in, w))[0];
        if (expected >= 1) {
            EXPECT_EQ(convolution_axes(Values{in}, w)[0].out, expected);
        } else {
            expect_invalid([&] { convolution_axes(Values{in}, w); }, "shape", {"spatial axis 0"});
        }
    });
}

TEST(Extents, of_deconvolution_reach_to_its_last_output) {
    for_each_window([](std::int64_t in, const Window& w) {
        const std::int64_t expected = reference::deconvolution_out(reference_problem(in, w))[0];
        if (expected < 1) {
            expect_invalid([&] { deconvolution_axes(Values{in}, w); }, "shape", {"spatial axis 0"});
            return;
        }
        const Axis axis = deconvolution_axes(Values{in}, w)[0];
        EXPECT_EQ(axis.in, expected);
        EXPECT_EQ(axis.out, in);
        // The mirrored convolution gives the input back.
        EXPECT_EQ(convolved_extent(axis), in);
    });
}

// Division that rounds towards zero gives 1 here.
TEST(Extents, negative_room_is_rounded_down) {
    Axis axis{2, 1, 3, 2, 0, 1};
    EXPECT_EQ(convolved_extent(axis), 0);
    expect_invalid(
        [] {
            convolution_axes(Values{7, 2}, {{3, 3}, {1, 2}, {0, 0}, {1, 1}});
        },
        "shape", {"spatial axis 1", "extent 2", "output of extent 0", "kernel 3", "stride 2", "pad 0"});
}

TEST(Extents, that_do_not_fit_64_bits_are_refused) {
    constexpr std::int64_t most = 2147483647;
    expect_invalid([] { deconvolution_axes(Values{1LL << 40}, window(1, most, 0, 1)); }, "shape", {"64 bits"});
    expect_invalid([] { deconvolution_axes(Values{1LL << 60}, window(most, 7, 0, most)); }, "shape", {"64 bits"});
    // in + 2 pad - E + 1 = 5 + 2 most - (2 (most - 1) + 1) + 1
    EXPECT_EQ(convolution_axes(Values{5}, window(most, 1, most, 2))[0].out, 7);
}

TEST(Layout, splits_a_shape_at_the_channels) {
    const Layout layout = layout_of(Shape{2, 3, 4, 5, 6}, -3);
    EXPECT_EQ(layout.channel_axis, 2);
    EXPECT_EQ(layout.spatial_axes, 2);
    EXPECT_EQ(layout.batch, 6);
    EXPECT_EQ(layout.channels, 4);
    EXPECT_EQ(layout_of(Shape{7}, 0).batch, 1);
    expect_invalid([] { layout_of(Shape{2, 3}, 2); }, "axis", {"2", "2x3"});
    expect_invalid([] { layout_of(Shape{}, 1); }, "axis", {"scalar"});
}

TEST(Layout, with_channels_last_has_them_there) {
    const Layout layout = layout_of(Shape{2, 3, 4, 5, 6}, 2, TensorLayout::channels_last);
    EXPECT_EQ(layout.channel_axis, 4);
    EXPECT_EQ(layout.first_spatial_axis, 2);
    EXPECT_EQ(layout.spatial_axes, 2);
    EXPECT_EQ(layout.batch, 6);
    EXPECT_EQ(layout.channels, 6);
    const Layout pixels = layout_of(Shape{8, 3}, -1, TensorLayout::channels_last);
    EXPECT_EQ(pixels.spatial_axes, 0);
    EXPECT_EQ(pixels.batch, 8);
    EXPECT_EQ(pixels.channels, 3);
    expect_invalid([] { layout_of(Shape(Values(11, 1)), 1, TensorLayout::channels_last); }, "shape",
                   {"9 spatial axes", "from axis 1", "8"});
}

TEST(Layout, has_at_most_eight_spatial_axes) {
    const Values most(10, 1), more(11, 1);
    EXPECT_EQ(layout_of(Shape(most), 1).spatial_axes, 8);
    expect_invalid([&] { layout_of(Shape(more), 1); }, "shape", {"9 spatial axes", "8"});
}

ConvolutionProblem problem(const Axis& axis) {
    ConvolutionProblem p;
    p.axes = {axis, axis};
    return p;
}

TEST(Problem, knows_which_windows_need_no_columns) {
    EXPECT_TRUE(problem({5, 5, 1, 1, 0, 1}).is_identity());
    EXPECT_TRUE(problem({5, 5, 1, 1, 0, 3}).is_identity()) << "the dilation of one tap says nothing";
    EXPECT_FALSE(problem({5, 3, 1, 2, 0, 1}).is_identity());
    EXPECT_FALSE(problem({5, 7, 1, 1, 1, 1}).is_identity());
    EXPECT_FALSE(problem({5, 4, 2, 1, 0, 1}).is_identity());

    EXPECT_TRUE(problem({5, 1, 5, 1, 0, 1}).is_full());
    EXPECT_TRUE(problem({5, 1, 5, 3, 0, 1}).is_full()) << "a single window never strides";
    EXPECT_TRUE(problem({1, 1, 1, 1, 0, 4}).is_full());
    EXPECT_FALSE(problem({5, 1, 4, 2, 0, 1}).is_full());
    EXPECT_FALSE(problem({5, 1, 3, 1, 0, 2}).is_full()) << "there are gaps";
    EXPECT_FALSE(problem({5, 3, 5, 1, 1, 1}).is_full());
}

TEST(Problem, describes_itself) {
    ConvolutionProblem p = problem({7, 3, 3, 2, 0, 1});
    p.batch = 2;
    p.in_channels = 64;
    p.out_channels = 128;
    const std::string description = p.to_string();
    for (const char* part : {"float32", "2x(64 -> 128)/1", "7 -> 3", "kernel 3", "stride 2"}) {
        EXPECT_NE(description.find(part), std::string::npos) << description;
    }
}

}  // namespace
