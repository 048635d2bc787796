#include <gtest/gtest.h>

#include "geometry/convolution_options.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using testing_support::expect_invalid;
using Values = std::vector<std::int64_t>;

namespace {

ConvolutionOptions good() {
    ConvolutionOptions options;
    options.num_output = 6;
    options.kernel = {3};
    return options;
}

struct Refusal {
    const char* name;
    std::function<void(ConvolutionOptions&)> spoil;
    const char* argument;
    std::vector<std::string_view> parts;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class RefusedOptions : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedOptions, are_named_with_their_values) {
    ConvolutionOptions options = good();
    GetParam().spoil(options);
    expect_invalid([&] { check_options(options); }, GetParam().argument, GetParam().parts);
}

using O = ConvolutionOptions;
INSTANTIATE_TEST_SUITE_P(
    each, RefusedOptions,
    testing::Values(
        Refusal{"kernel_zero", [](O& o) { o.kernel = {0}; }, "kernel", {"kernel is 0", "from 1"}},
        Refusal{"kernel_negative",
                [](O& o) {
                    o.kernel = {3, -2};
                },
                "kernel",
                {"kernel is -2"}},
        Refusal{"kernel_huge", [](O& o) { o.kernel = {1LL << 31}; }, "kernel", {"2147483648", "2147483647"}},
        Refusal{"stride_zero", [](O& o) { o.stride = {0}; }, "stride", {"stride is 0", "from 1"}},
        Refusal{"stride_negative",
                [](O& o) {
                    o.stride = {1, -1};
                },
                "stride",
                {"stride is -1"}},
        Refusal{"pad_negative", [](O& o) { o.pad = {-1}; }, "pad", {"pad is -1", "from 0"}},
        Refusal{"dilation_zero", [](O& o) { o.dilation = {0}; }, "dilation", {"dilation is 0", "from 1"}},
        Refusal{"group_zero", [](O& o) { o.group = 0; }, "group", {"group is 0", "from 1"}},
        Refusal{"group_negative", [](O& o) { o.group = -2; }, "group", {"group is -2"}},
        Refusal{"num_output_zero", [](O& o) { o.num_output = 0; }, "num_output", {"num_output is 0", "from 1"}},
        Refusal{"num_output_negative", [](O& o) { o.num_output = -4; }, "num_output", {"num_output is -4"}},
        Refusal{"num_output_undivided", [](O& o) { o.group = 4; }, "num_output", {"num_output 6", "group 4"}},
        Refusal{"kernel_h_alone", [](O& o) { o.kernel = {}, o.kernel_h = 3; }, "kernel_w", {"kernel_h is 3"}},
        Refusal{"kernel_w_alone", [](O& o) { o.kernel = {}, o.kernel_w = 3; }, "kernel_h", {"kernel_w is 3"}},
        Refusal{"stride_h_alone", [](O& o) { o.stride_h = 2; }, "stride_w", {"stride_h is 2", "missing"}},
        Refusal{"stride_w_alone", [](O& o) { o.stride_w = 2; }, "stride_h", {"stride_w is 2", "missing"}},
        Refusal{"kernel_twice", [](O& o) { o.kernel_h = 2, o.kernel_w = 5; }, "kernel", {"kernel_h 2", "kernel_w 5"}},
        Refusal{"kernel_twice_half", [](O& o) { o.kernel_h = 2; }, "kernel", {"one of the two forms"}},
        Refusal{"stride_twice", [](O& o) { o.stride = {1}, o.stride_h = o.stride_w = 2; }, "stride", {"stride_h 2"}},
        Refusal{"pad_twice", [](O& o) { o.pad = {0}, o.pad_h = 1; }, "pad", {"pad_h 1", "pad_w 0"}},
        Refusal{"kernel_h_negative", [](O& o) { o.kernel = {}, o.kernel_h = -3, o.kernel_w = 3; }, "kernel_h", {"-3"}},
        Refusal{"stride_w_negative", [](O& o) { o.stride_h = 1, o.stride_w = -3; }, "stride_w", {"-3"}},
        Refusal{"pad_w_negative", [](O& o) { o.pad_w = -3; }, "pad_w", {"pad_w is -3"}}),
    [](const auto& shown) { return shown.param.name; });

TEST(Options, good_ones_pass) {
    EXPECT_NO_THROW(check_options(good()));
    ConvolutionOptions many = good();
    many.kernel = {1, 2, 3};
    many.stride = {2, 1, 4};
    many.pad = {0, 1, 2};
    many.dilation = {3};
    many.group = 3;
    EXPECT_NO_THROW(check_options(many));
}

TEST(Options, half_a_padding_means_the_other_is_zero) {
    ConvolutionOptions options = good();
    options.pad_w = 2;
    EXPECT_NO_THROW(check_options(options));
    EXPECT_EQ(resolve_window(options, 2).pad, (Values{0, 2}));
    options.pad_w = 0;
    options.pad_h = 3;
    EXPECT_EQ(resolve_window(options, 2).pad, (Values{3, 0}));
}

TEST(Window, one_value_serves_all_axes_and_missing_ones_have_defaults) {
    const Window window = resolve_window(good(), 3);
    EXPECT_EQ(window.kernel, (Values{3, 3, 3}));
    EXPECT_EQ(window.stride, (Values{1, 1, 1}));
    EXPECT_EQ(window.pad, (Values{0, 0, 0}));
    EXPECT_EQ(window.dilation, (Values{1, 1, 1}));
}

TEST(Window, h_and_w_are_the_first_and_the_second_axis) {
    ConvolutionOptions options = good();
    options.kernel = {};
    options.kernel_h = 5;
    options.kernel_w = 2;
    options.stride_h = 3;
    options.stride_w = 4;
    const Window window = resolve_window(options, 2);
    EXPECT_EQ(window.kernel, (Values{5, 2}));
    EXPECT_EQ(window.stride, (Values{3, 4}));
}

TEST(Window, counts_must_fit_the_axes) {
    ConvolutionOptions options = good();
    options.kernel = {3, 3};
    EXPECT_NO_THROW(resolve_window(options, 2));
    expect_invalid([&] { resolve_window(options, 3); }, "kernel", {"2 values", "3"});
    expect_invalid([&] { resolve_window(options, 1); }, "kernel", {"2 values", "1"});
    options = good();
    options.stride = {1, 2, 3};
    expect_invalid([&] { resolve_window(options, 2); }, "stride", {"3 values", "2"});
    options = good();
    options.pad = {1, 2};
    expect_invalid([&] { resolve_window(options, 3); }, "pad", {"2 values"});
    options = good();
    options.dilation = {1, 2};
    expect_invalid([&] { resolve_window(options, 1); }, "dilation", {"2 values"});
}

TEST(Window, h_and_w_are_for_two_axes_only) {
    for (const int axes : {0, 1, 3}) {
        ConvolutionOptions options = good();
        options.kernel = {};
        options.kernel_h = options.kernel_w = 3;
        expect_invalid([&] { resolve_window(options, axes); }, "kernel_h", {"two spatial axes"});
        options = good();
        options.pad_h = 1;
        expect_invalid([&] { resolve_window(options, axes); }, "pad_h", {"two spatial axes"});
        options = good();
        options.stride_h = options.stride_w = 1;
        expect_invalid([&] { resolve_window(options, axes); }, "stride_h", {"two spatial axes"});
    }
}

TEST(Window, kernel_may_be_missing_without_spatial_axes_only) {
    ConvolutionOptions options = good();
    options.kernel = {};
    EXPECT_NO_THROW(check_options(options));
    EXPECT_TRUE(resolve_window(options, 0).kernel.empty());
    expect_invalid([&] { resolve_window(options, 2); }, "kernel", {"missing", "2 spatial axes"});
}

}  // namespace
