// The methods for backward data, which store the phases of a line together: exact, also on shapes where another method is
// faster, and the one for large strides is taken for the nets it is for.
#include <gtest/gtest.h>

#include "engines/direct/methods.hpp"
#include "engines/direct/winograd_band_pass.hpp"
#include "engines/direct/winograd_phase_pass.hpp"
#include "geometry/rectifier.hpp"
#include "reference/reference.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"
#include "testing/relative_error.hpp"

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
    {"pairs_of_whole_lines_of_many_channels", 2, 1, 10, 340, {axis(3, 2, 2, 0), axis(32, 2, 2, 0)}},
    {"pairs_of_halves", 2, 1, 70, 130, {axis(6, 2, 2, 0), axis(32, 2, 2, 0)}},
    {"pairs_of_halves_of_groups", 1, 2, 100, 260, {axis(4, 2, 2, 0), axis(32, 2, 2, 0)}},
    {"pairs_of_halves_of_many_rows", 1, 1, 200, 128, {axis(2, 2, 2, 0), axis(32, 2, 2, 0)}},
    {"pairs_of_halves_along_one_axis", 3, 1, 150, 134, {axis(64, 2, 2, 0)}},
    {"pairs_cut_by_edges", 2, 1, 3, 300, {axis(9, 4, 2, 3), axis(16, 4, 2, 3)}},
    {"pairs_staggered", 2, 2, 6, 300, {axis(9, 4, 2, 1), axis(32, 4, 2, 1)}},
    {"pairs_staggered_on_many_lines", 3, 1, 5, 40, {axis(33, 4, 2, 3), axis(17, 4, 2, 1)}},
    {"pairs_staggered_that_end_with_one", 1, 1, 3, 20, {axis(9, 3, 2, 0), axis(30, 6, 2, 1, 1, 1)}},
    {"pairs_staggered_along_one_axis", 2, 1, 5, 7, {axis(48, 2, 2, 1, 1, 1)}},
    {"pairs_along_one_axis", 3, 1, 5, 7, {axis(64, 2, 2, 0)}},
    {"beyond_the_last_window", 1, 1, 3, 4, {axis(5, 8, 8, 2, 1, 5), axis(6, 16, 8, 2, 1, 7)}},
    {"only_columns_strided", 2, 1, 3, 4, {axis(9, 3, 1, 1), axis(12, 16, 8, 4)}},
    {"dilated_rows", 1, 1, 3, 4, {axis(9, 3, 1, 2, 2), axis(12, 8, 8, 0)}},
    {"one_axis", 2, 1, 4, 6, {axis(40, 32, 16, 8)}},
    {"whole_lines", 2, 2, 6, 10, {axis(9, 3, 1, 1), axis(32, 3, 1, 1)}},
    {"whole_lines_of_many_channels", 1, 1, 9, 300, {axis(5, 3, 1, 1), axis(48, 3, 1, 1)}},
    {"windows_inside_the_source", 2, 2, 6, 300, {axis(7, 3, 1, 2), axis(18, 3, 1, 2)}},
    {"windows_inside_the_source_in_pairs", 3, 1, 3, 70, {axis(9, 4, 2, 3), axis(34, 4, 2, 4)}},
    {"windows_far_inside_the_source", 2, 1, 3, 70, {axis(9, 4, 2, 5), axis(35, 4, 2, 7)}},
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

/// dx of a problem, on numbers whose sums are exact, and what a method makes of it.
template <class T>
class BackwardData {
public:
    explicit BackwardData(const Strided& strided) : problem(problem_of(strided, data_type<T>)) {
        const ConvolutionProblem& p = problem;
        SplitMix64 random(5);
        dy_ = filled<T>(p.batch * p.out_channels * p.out_positions(), Fill::integer, random);
        w_ = filled<T>(p.out_channels * p.column_rows_per_group(), Fill::integer, random);
        bias_ = filled<T>(p.in_channels, Fill::integer, random);
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
        reference::Sums sums(static_cast<std::size_t>(p.batch * p.in_channels * p.in_positions()));
        reference::backward_data(reference::convolution_products, r, to_double(dy_), to_double(w_), sums);
        for (std::size_t i = 0; i < sums.value.size(); ++i) {
            const auto channel = static_cast<std::int64_t>(i) / p.in_positions() % p.in_channels;
            const T sum = static_cast<T>(sums.value[i]) + bias_[static_cast<std::size_t>(channel)];
            exact.push_back(rectified(sum, sum, slope));
        }
    }

    std::vector<T> run(const direct::DataPass<T>& pass, int threads) const {
        ThreadPool pool(threads);
        Guarded<T> prepared(pass.prepared_elements()), workspace(pass.workspace_elements(threads));
        Guarded<T> dx(static_cast<std::int64_t>(exact.size()));
        pass.prepare(pool, w_.data(), prepared.data());
        const T* const weights = pass.prepared_elements() == 0 ? w_.data() : prepared.data();
        pass.run({pool, threads, workspace.data()}, dy_.data(), weights, dx.data(), {bias_.data(), slope});
        EXPECT_TRUE(prepared.guards_untouched() && workspace.guards_untouched() && dx.guards_untouched());
        return {dx.values().begin(), dx.values().end()};
    }

    const ConvolutionProblem problem;
    std::vector<T> exact;

private:
    static constexpr T slope = 0.5;
    std::vector<T> dy_, w_, bias_;
};

/// By every way of every method that does not round.
template <class T>
void expect_exact(const Strided& strided) {
    const BackwardData<T> data(strided);
    const auto limit = open_cpu()->workspace().limit_bytes();
    int ways = 0;
    for (const DataMethod& method : direct::data_methods<T>(data.problem, WeightUse::backward_data, limit)) {
        if (method.kind == DataMethod::Kind::winograd || method.kind == DataMethod::Kind::winograd_phases ||
            method.kind == DataMethod::Kind::winograd_bands) {
            continue;
        }
        ways += method.kind == DataMethod::Kind::phases ? 1 : 0;
        const auto pass = direct::make_pass<T>(data.problem, WeightUse::backward_data, method);
        for (const int threads : {1, 3}) {
            const std::vector<T> dx = data.run(*pass, threads);
            for (std::size_t i = 0; i < dx.size(); ++i) {
                ASSERT_EQ(dx[i], data.exact[i]) << pass->algorithm() << ", way " << method.way << ", element " << i;
            }
        }
    }
    const bool of_pieces = strided.axes.back().stride * static_cast<std::int64_t>(sizeof(T)) >= 16;
    EXPECT_EQ(ways > 0, of_pieces);
}

/// By every filtering of Winograd's method, whether or not it pays.
template <class T>
void expect_close(const Strided& strided, double tolerance) {
    const BackwardData<T> data(strided);
    const auto expect_close_by = [&](const auto& pass) {
        const std::vector<T> dx = data.run(pass, 1), again = data.run(pass, 3);
        for (std::size_t i = 0; i < dx.size(); ++i) {
            ASSERT_NEAR(dx[i], data.exact[i], tolerance) << pass.algorithm() << ", element " << i;
            ASSERT_EQ(dx[i], again[i]) << pass.algorithm() << " by three threads, element " << i;
        }
    };
    const auto ways = direct::backward_data_sweeps(data.problem);
    const direct::Sweep& together = ways.front().front();
    for (const std::size_t filtering : direct::WinogradPhasePass<T>::filterings(together)) {
        expect_close_by(direct::WinogradPhasePass<T>(data.problem, together, filtering));
    }
    for (const std::vector<direct::Sweep>& way : ways) {
        if (way.size() == 1 && direct::WinogradBandPass<T>::is_for(way.front())) {
            expect_close_by(direct::WinogradBandPass<T>(data.problem, way.front()));
        }
    }
}

TEST_P(Phases, are_exact_in_float) { expect_exact<float>(GetParam()); }
TEST_P(Phases, are_exact_in_double) { expect_exact<double>(GetParam()); }
TEST_P(Phases, of_winograd_are_close_in_float) { expect_close<float>(GetParam(), 2e-3); }
TEST_P(Phases, of_winograd_are_close_in_double) { expect_close<double>(GetParam(), 1e-11); }

INSTANTIATE_TEST_SUITE_P(, Phases, testing::ValuesIn(all),
                         [](const auto& test) { return std::string(test.param.name); });

/// A deconvolution that is computed by Winograd's method, by default, and by phases, when accuracy is strict.
struct LargeStride {
    const char* name;
    std::int64_t images, channels, height, width, outputs, kernel, stride, pad, groups = 1;
};

void PrintTo(const LargeStride& shown, std::ostream* out) { *out << shown.name; }

// Of nets, and edges: more tiles than are in memory, groups, one strip of columns, and filters that are transformed each
// time.
const LargeStride large_strides[] = {
    {"fcn_8", 1, 21, 34, 34, 21, 16, 8, 0},      {"fcn_8_of_many_images", 12, 21, 34, 34, 21, 16, 8, 0},
    {"padded", 2, 40, 21, 18, 19, 16, 8, 5},     {"alexnet_conv1", 2, 96, 54, 54, 3, 11, 4, 0},
    {"groups", 1, 48, 30, 31, 20, 12, 4, 3, 2},  {"many_columns", 1, 96, 20, 23, 21, 32, 16, 0},
    {"long_sums", 1, 1500, 16, 16, 16, 8, 4, 2}, {"waifu2x", 1, 256, 142, 142, 3, 4, 2, 3},
};

class LargeStrides : public testing::TestWithParam<LargeStride> {};

template <class T>
std::vector<T> top_of(const LargeStride& s, Accuracy accuracy, int threads, std::string& algorithm) {
    ConvolutionOptions o = options(s.outputs, {s.kernel}, {s.stride}, {s.pad}, {1}, s.groups);
    o.accuracy = accuracy;
    auto layer = make<DeconvolutionLayer, T>(open_cpu(threads), o);
    layer.reshape(Shape{s.images, s.channels, s.height, s.width});
    SplitMix64 random(13);
    const auto draw = [&](std::int64_t count) { return drawn_as_float<T>(count, random); };
    set_parameter_data(layer, 0, draw(layer.parameter(0)->shape().count()));
    set_parameter_data(layer, 1, draw(s.outputs));
    algorithm = layer.algorithms().forward;
    return forward(layer, draw(layer.bottom_shape().count()));
}

TEST_P(LargeStrides, keep_the_promise_of_default_accuracy) {
    std::string ours, exact;
    const auto top = top_of<float>(GetParam(), Accuracy::standard, 2, ours);
    const auto sums = top_of<double>(GetParam(), Accuracy::strict, 2, exact);
    EXPECT_TRUE(ours.starts_with("winograd")) << ours;
    EXPECT_FALSE(exact.starts_with("winograd")) << exact;
    const double error = relative_error(top, sums);
    RecordProperty("error", std::to_string(error * 1e6) + "e-6");
    EXPECT_LE(error, 1e-5);
}

TEST_P(LargeStrides, give_the_same_bits_for_any_number_of_threads) {
    std::string algorithm;
    const auto one = top_of<float>(GetParam(), Accuracy::standard, 1, algorithm);
    for (const int threads : {2, 3, 7}) {
        EXPECT_EQ(top_of<float>(GetParam(), Accuracy::standard, threads, algorithm), one) << threads;
    }
}

INSTANTIATE_TEST_SUITE_P(of, LargeStrides, testing::ValuesIn(large_strides),
                         [](const auto& shown) { return std::string(shown.param.name); });

TEST(PhasesChoice, is_for_large_strides) {
    const auto algorithm = [](std::int64_t kernel, std::int64_t stride) {
        ConvolutionOptions o = options(21, {kernel}, {stride});
        o.accuracy = Accuracy::strict;
        auto layer = make<DeconvolutionLayer, float>(open_cpu(), o);
        layer.reshape(Shape{1, 21, 34, 34});
        return std::string(layer.algorithms().forward);
    };
    EXPECT_EQ(algorithm(16, 8), "phase panels");
    EXPECT_EQ(algorithm(64, 32), "phase panels");
    EXPECT_NE(algorithm(4, 2), "phase panels");
}

TEST(KernelsAsLongAsTheirStride, are_multiplied_by_strassens_method_unless_accuracy_is_strict) {
    const LargeStride layers[] = {{"unet_256", 2, 256, 32, 32, 128, 2, 2, 0},
                                  {"unet_512", 1, 512, 16, 16, 256, 2, 2, 0}};
    for (const LargeStride& layer : layers) {
        std::string ours, exact, again;
        const auto top = top_of<float>(layer, Accuracy::standard, 2, ours);
        const auto sums = top_of<double>(layer, Accuracy::strict, 2, exact);
        EXPECT_EQ(ours, "strassen") << layer.name;
        EXPECT_NE(exact, "strassen") << layer.name;
        const double error = relative_error(top, sums);
        RecordProperty(layer.name, std::to_string(error * 1e6) + "e-6");
        EXPECT_LE(error, 2e-6) << layer.name;
        EXPECT_EQ(top_of<float>(layer, Accuracy::standard, 1, again), top) << layer.name;
    }
}

}  // namespace
