// The methods for strided backward data, which store the phases of a line together: exact, also on shapes where another
// method is faster, and the one for large strides is taken for the nets it is for.
#include <gtest/gtest.h>

#include "engines/direct/methods.hpp"
#include "geometry/rectifier.hpp"
#include "reference/reference.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;
using direct::DataMethod;

namespace {

/// A convolution whose bottom is computed: from `out` positions on each axis.
struct Strided {
    const char* name;
    std::int64_t batch, groups, in_channels, out_channels;
    std::vector<Axis> axes;  // without Axis::in
};

void PrintTo(const Strided& strided, std::ostream* out) { *out << strided.name; }

Axis axis(std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t dilation = 1,
          std::int64_t beyond = 0) {
    Axis a;
    a.kernel = kernel;
    a.stride = stride;
    a.pad = pad;
    a.dilation = dilation;
    a.out = out;
    a.in = deconvolved_extent(out, a) + beyond;
    return a;
}

const Strided all[] = {
    {"fcn_32", 1, 1, 5, 21, {axis(6, 64, 32, 0), axis(7, 64, 32, 0)}},
    {"fcn_16", 2, 1, 3, 9, {axis(6, 32, 16, 8), axis(5, 32, 16, 8)}},
    {"fcn_8", 2, 1, 7, 21, {axis(19, 16, 8, 0), axis(17, 16, 8, 0)}},
    {"fcn_8_padded", 1, 1, 4, 21, {axis(9, 16, 8, 4), axis(13, 16, 8, 4)}},
    {"more_channels_than_a_block", 1, 1, 2, 150, {axis(9, 8, 4, 2), axis(10, 8, 4, 2)}},
    {"kernel_is_stride", 3, 2, 6, 8, {axis(5, 8, 8, 0), axis(6, 8, 8, 0)}},
    {"kernel_below_stride", 2, 1, 3, 5, {axis(5, 8, 8, 0), axis(6, 3, 8, 1)}},
    {"unequal_taps", 2, 1, 3, 5, {axis(5, 9, 4, 1), axis(11, 21, 8, 3)}},
    {"stride_of_half_a_vector_and_more", 1, 1, 3, 5, {axis(5, 12, 3, 1), axis(11, 24, 12, 7)}},
    {"longer_than_a_strip", 1, 1, 2, 3, {axis(3, 4, 3, 0), axis(4, 290, 144, 6)}},
    {"pairs", 2, 2, 6, 10, {axis(9, 4, 2, 1), axis(21, 4, 2, 1)}},
    {"pairs_of_whole_lines", 2, 2, 6, 150, {axis(5, 2, 2, 0), axis(48, 2, 2, 0)}},
    {"pairs_cut_by_edges", 2, 1, 3, 300, {axis(9, 4, 2, 3), axis(16, 4, 2, 3)}},
    {"pairs_along_one_axis", 3, 1, 5, 7, {axis(64, 2, 2, 0)}},
    {"beyond_the_last_window", 1, 1, 3, 4, {axis(5, 8, 8, 2, 1, 5), axis(6, 16, 8, 2, 1, 7)}},
    {"only_columns_strided", 2, 1, 3, 4, {axis(9, 3, 1, 1), axis(12, 16, 8, 4)}},
    {"dilated_rows", 1, 1, 3, 4, {axis(9, 3, 1, 2, 2), axis(12, 8, 8, 0)}},
    {"one_axis", 2, 1, 4, 6, {axis(40, 32, 16, 8)}},
};

ConvolutionProblem problem_of(const Strided& strided, DataType type) {
    ConvolutionProblem p;
    p.type = type;
    p.batch = strided.batch;
    p.groups = strided.groups;
    p.in_channels = strided.in_channels;
    p.out_channels = strided.out_channels;
    p.axes = strided.axes;
    return p;
}

class Phases : public testing::TestWithParam<Strided> {};

/// dx by every way of every method, on numbers whose sums are exact.
template <class T>
void expect_exact(const Strided& strided) {
    const ConvolutionProblem p = problem_of(strided, data_type<T>);
    SplitMix64 random(5);
    const auto dy = filled<T>(p.batch * p.out_channels * p.out_positions(), Fill::integer, random);
    const auto w = filled<T>(p.out_channels * p.column_rows_per_group(), Fill::integer, random);
    const auto bias = filled<T>(p.in_channels, Fill::integer, random);
    constexpr T slope = 0.5;

    reference::Problem r;
    r.batch = p.batch;
    r.channels = p.in_channels;
    r.num_output = p.out_channels;
    r.group = p.groups;
    for (const Axis& a : p.axes) {
        r.in.push_back(a.in);
        r.out.push_back(a.out);
        r.kernel.push_back(a.kernel);
        r.stride.push_back(a.stride);
        r.pad.push_back(a.pad);
        r.dilation.push_back(a.dilation);
    }
    reference::Sums exact(static_cast<std::size_t>(p.batch * p.in_channels * p.in_positions()));
    reference::backward_data(reference::convolution_products, r, to_double(dy), to_double(w), exact);

    const auto limit = open_cpu()->workspace().limit_bytes();
    int ways = 0;
    for (const DataMethod& method : direct::data_methods<T>(p, WeightUse::backward_data, limit)) {
        if (method.kind == DataMethod::Kind::winograd) {
            continue;  // rounds
        }
        ways += method.kind == DataMethod::Kind::phases ? 1 : 0;
        const auto pass = direct::make_pass<T>(p, WeightUse::backward_data, method);
        for (const int threads : {1, 3}) {
            ThreadPool pool(threads);
            Guarded<T> prepared(pass->prepared_elements()), workspace(pass->workspace_elements(threads));
            Guarded<T> dx(p.batch * p.in_channels * p.in_positions());
            pass->prepare(pool, w.data(), prepared.data());
            pass->run({pool, threads, workspace.data()}, dy.data(), prepared.data(), dx.data(), {bias.data(), slope});
            EXPECT_TRUE(prepared.guards_untouched() && workspace.guards_untouched() && dx.guards_untouched());
            for (std::size_t i = 0; i < exact.value.size(); ++i) {
                const auto channel = static_cast<std::int64_t>(i) / p.in_positions() % p.in_channels;
                const T sum = static_cast<T>(exact.value[i]) + bias[static_cast<std::size_t>(channel)];
                ASSERT_EQ(dx.values()[i], rectified(sum, sum, slope))
                    << pass->algorithm() << ", way " << method.way << ", element " << i;
            }
        }
    }
    const bool of_pieces = p.axes.back().stride * static_cast<std::int64_t>(sizeof(T)) >= 16;
    EXPECT_EQ(ways > 0, of_pieces);
}

TEST_P(Phases, are_exact_in_float) { expect_exact<float>(GetParam()); }
TEST_P(Phases, are_exact_in_double) { expect_exact<double>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, Phases, testing::ValuesIn(all),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(PhasesChoice, is_for_large_strides) {
    const auto algorithm = [](std::int64_t kernel, std::int64_t stride) {
        auto layer = make<DeconvolutionLayer, float>(open_cpu(), options(21, {kernel}, {stride}));
        layer.reshape(Shape{1, 21, 34, 34});
        return std::string(layer.algorithms().forward);
    };
    EXPECT_EQ(algorithm(16, 8), "phase panels");
    EXPECT_EQ(algorithm(64, 32), "phase panels");
    EXPECT_NE(algorithm(4, 2), "phase panels");
}

}  // namespace
