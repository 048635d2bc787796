// Strides as channels: taken by default for the first layers of well-known nets, within the error that default accuracy
// promises, never when accuracy is strict, with the same bits for any number of threads, and close by every filtering.
#include <gtest/gtest.h>

#include "engines/direct/space_to_depth_pass.hpp"
#include "geometry/rectifier.hpp"
#include "reference/reference.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"
#include "testing/relative_error.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

using Pair = std::vector<std::int64_t>;  // of rows and of columns

struct Strided {
    const char* name;
    std::int64_t images, channels;
    Pair in;
    std::int64_t outputs;
    Pair kernel, stride, pad;
    std::int64_t groups = 1;
};

void PrintTo(const Strided& shown, std::ostream* out) { *out << shown.name; }

// Strides that divide the kernel and that do not, and vectors of channels; padding of less than a stride and of more;
// rows and elements behind the last window; phases of one axis alone.
const Strided cases[] = {
    {"alexnet_conv1", 1, 3, {227, 227}, 96, {11, 11}, {4, 4}, {0, 0}},
    {"resnet_conv1", 1, 3, {224, 224}, 64, {7, 7}, {2, 2}, {3, 3}},
    {"kernel_5", 2, 32, {61, 70}, 48, {5, 5}, {2, 2}, {2, 2}},
    {"stride_3", 2, 3, {118, 95}, 40, {9, 9}, {3, 3}, {4, 4}},
    {"stride_5", 1, 2, {123, 141}, 33, {15, 15}, {5, 5}, {7, 7}},
    {"groups", 2, 12, {97, 88}, 128, {7, 7}, {2, 2}, {3, 3}, 4},
    {"unequal_strides", 2, 4, {80, 121}, 60, {6, 9}, {2, 3}, {1, 6}},
    {"rows_alone", 2, 12, {81, 50}, 32, {6, 3}, {2, 1}, {2, 1}},
    {"columns_alone", 2, 12, {50, 84}, 32, {3, 7}, {1, 3}, {1, 2}},
    {"behind_the_last_window", 2, 5, {58, 63}, 40, {11, 10}, {4, 4}, {0, 1}},
    {"most_padding", 2, 6, {40, 30}, 48, {6, 6}, {2, 2}, {5, 5}},
};

ConvolutionOptions options_of(const Strided& strided, Accuracy accuracy) {
    ConvolutionOptions o = options(strided.outputs, strided.kernel, strided.stride, strided.pad, {}, strided.groups);
    o.accuracy = accuracy;
    return o;
}

template <class T>
struct Result {
    std::vector<T> top;
    std::string algorithm;
};

/// The top on numbers that depend on the case alone.
template <class T>
Result<T> run(const Strided& strided, Accuracy accuracy, int threads) {
    auto layer = make<ConvolutionLayer, T>(open_cpu(threads), options_of(strided, accuracy));
    layer.reshape(Shape{strided.images, strided.channels, strided.in[0], strided.in[1]});
    SplitMix64 random(11);
    const auto draw = [&](std::int64_t count) { return drawn_as_float<T>(count, random); };
    set_parameter_data(layer, 0, draw(layer.parameter(0)->shape().count()));
    set_parameter_data(layer, 1, draw(strided.outputs));
    auto top = forward(layer, draw(layer.bottom_shape().count()));
    return {std::move(top), layer.algorithms().forward};
}

class SpaceToDepthTest : public testing::TestWithParam<Strided> {};

TEST_P(SpaceToDepthTest, keeps_the_promise_of_default_accuracy) {
    const auto ours = run<float>(GetParam(), Accuracy::standard, 2);
    const auto exact = run<double>(GetParam(), Accuracy::strict, 2);
    EXPECT_TRUE(ours.algorithm.starts_with("winograd")) << ours.algorithm;
    EXPECT_FALSE(exact.algorithm.starts_with("winograd")) << exact.algorithm;
    const double error = relative_error(ours.top, exact.top);
    RecordProperty("error", std::to_string(error * 1e6) + "e-6");
    EXPECT_LE(error, 1e-5);
    EXPECT_GT(error, 1e-8) << "was it this method that ran?";
}

TEST_P(SpaceToDepthTest, gives_the_same_bits_for_any_number_of_threads) {
    const auto one = run<float>(GetParam(), Accuracy::standard, 1);
    for (const int threads : {2, 3, 7}) {
        EXPECT_TRUE(run<float>(GetParam(), Accuracy::standard, threads).top == one.top) << threads;
    }
}

/// By every filtering, whether or not it is the one that is taken.
template <class T>
void expect_close(const Strided& strided, double tolerance) {
    constexpr T slope = 0.25;
    ConvolutionProblem p;
    p.type = data_type<T>;
    p.batch = strided.images;
    p.groups = strided.groups;
    p.in_channels = strided.channels;
    p.out_channels = strided.outputs;
    p.axes = convolution_axes(strided.in, resolve_window(options_of(strided, Accuracy::standard), 2));
    SplitMix64 random(5);
    const auto x = filled<T>(p.batch * p.in_channels * p.in_positions(), Fill::integer, random);
    const auto w = filled<T>(p.out_channels * p.column_rows_per_group(), Fill::integer, random);
    const auto bias = filled<T>(p.out_channels, Fill::integer, random);
    const reference::Problem r{
        p.batch,        p.in_channels,  p.out_channels, p.groups, strided.in, {p.axes[0].out, p.axes[1].out},
        strided.kernel, strided.stride, strided.pad,    {1, 1}};
    reference::Sums sums(static_cast<std::size_t>(p.batch * p.out_channels * p.out_positions()));
    const auto exact_bias = to_double(bias);
    reference::forward(reference::convolution_products, r, to_double(x), to_double(w), &exact_bias, sums);

    const auto split = direct::space_to_depth(p, WeightUse::forward);
    ASSERT_TRUE(split);
    const auto filterings = direct::WinogradPass<T>::filterings(split->dense, WeightUse::forward, split->geometry,
                                                                open_cpu()->workspace().limit_bytes());
    EXPECT_FALSE(filterings.empty());
    for (const std::size_t filtering : filterings) {
        const direct::SpaceToDepthPass<T> pass(p, *split, filtering);
        for (const int threads : {1, 3}) {
            ThreadPool pool(threads);
            Guarded<T> prepared(pass.prepared_elements()), workspace(pass.workspace_elements(threads));
            Guarded<T> y(static_cast<std::int64_t>(sums.value.size()));
            pass.prepare(pool, w.data(), prepared.data());
            pass.run({pool, threads, workspace.data()}, x.data(), prepared.data(), y.data(), {bias.data(), slope});
            EXPECT_TRUE(prepared.guards_untouched() && workspace.guards_untouched() && y.guards_untouched());
            for (std::size_t i = 0; i < sums.value.size(); ++i) {
                const T sum = static_cast<T>(sums.value[i]);
                ASSERT_NEAR(y.values()[i], rectified(sum, sum, slope), tolerance) << pass.algorithm() << ", " << i;
            }
        }
    }
}

TEST_P(SpaceToDepthTest, is_close_by_every_filtering_in_float) { expect_close<float>(GetParam(), 2e-2); }
TEST_P(SpaceToDepthTest, is_close_by_every_filtering_in_double) { expect_close<double>(GetParam(), 1e-10); }

INSTANTIATE_TEST_SUITE_P(of, SpaceToDepthTest, testing::ValuesIn(cases),
                         [](const auto& shown) { return std::string(shown.param.name); });

TEST(SpaceToDepth, is_of_forward_passes_with_strides_on_two_axes) {
    const auto problem_of = [](const Pair& in, const Pair& stride, const Pair& dilation) {
        ConvolutionProblem p;
        p.in_channels = 3;
        p.out_channels = 32;
        const Pair kernel(in.size(), 7), pad(in.size(), 0);
        p.axes = convolution_axes(
            in, resolve_window(options(32, kernel, stride, pad, dilation), static_cast<int>(in.size())));
        return p;
    };
    const auto two = problem_of({40, 40}, {2, 2}, {1, 1});
    EXPECT_TRUE(direct::space_to_depth(two, WeightUse::forward));
    EXPECT_FALSE(direct::space_to_depth(two, WeightUse::backward_data));
    EXPECT_FALSE(direct::space_to_depth(problem_of({40, 40}, {1, 1}, {1, 1}), WeightUse::forward));
    EXPECT_FALSE(direct::space_to_depth(problem_of({40, 40}, {2, 2}, {2, 2}), WeightUse::forward));
    EXPECT_FALSE(direct::space_to_depth(problem_of({40, 40}, {2, 7}, {1, 1}), WeightUse::forward)) << "unequal taps";
    EXPECT_FALSE(direct::space_to_depth(problem_of({40}, {2}, {1}), WeightUse::forward));
    EXPECT_FALSE(direct::space_to_depth(problem_of({9, 40, 40}, {2, 2, 2}, {1, 1, 1}), WeightUse::forward));
}

}  // namespace
