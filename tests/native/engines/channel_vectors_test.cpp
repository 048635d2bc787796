// The methods with channels in vectors against the im2col engine, bit for bit on integers, on every kind of window that
// they take, and for any number of threads.
#include <gtest/gtest.h>

#include "engines/direct/methods.hpp"
#include "testing/core_layers.hpp"
#include "testing/guarded.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct Case {
    const char* name;
    std::int64_t images, channels, outputs, groups;
    std::vector<std::int64_t> in, kernel, stride, pad, dilation;
};

void PrintTo(const Case& shown, std::ostream* out) { *out << shown.name; }

// Channels that no vector divides, tiles with fewer rows at the end, and windows that begin and end in the padding.
const Case cases[] = {
    {"one_short_image", 1, 40, 96, 1, {7, 7}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"few_channels_far_apart", 2, 3, 50, 1, {67, 59}, {11, 11}, {4, 4}, {0, 0}, {1, 1}},
    {"groups", 3, 24, 70, 2, {13, 17}, {5, 4}, {1, 1}, {2, 1}, {1, 1}},
    {"unequal_axes", 1, 5, 19, 1, {30, 41}, {2, 5}, {3, 2}, {1, 4}, {1, 1}},
    {"most_padding", 2, 6, 33, 1, {9, 12}, {4, 4}, {1, 1}, {3, 3}, {1, 1}},
    {"one_column", 2, 9, 16, 1, {21, 10}, {3, 1}, {2, 1}, {1, 0}, {1, 5}},
    {"single_output", 1, 4, 1, 1, {6, 33}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"line", 2, 7, 37, 1, {130}, {9}, {2}, {3}, {1}},
    {"deep", 1, 300, 17, 1, {5, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
};

// Windows that do not overlap: single elements, in several blocks of channels and of positions, in planes of many cache
// lines, and apart, so that some elements of the bottom are in no window.
const Case products[] = {
    {"single_elements", 2, 40, 100, 1, {13, 17}, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"single_elements_of_groups", 1, 36, 60, 3, {9, 5}, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"single_elements_of_many_channels", 1, 1100, 19, 1, {7, 7}, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"single_elements_to_many_channels", 1, 20, 530, 1, {6, 7}, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"single_elements_of_a_large_plane", 1, 20, 33, 1, {64, 72}, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"single_elements_on_three_axes", 2, 6, 21, 1, {5, 7, 9}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}},
    {"single_elements_in_padding", 1, 6, 21, 1, {5, 7}, {1, 1}, {1, 1}, {1, 2}, {1, 1}},
    {"patches", 2, 9, 35, 1, {12, 40}, {3, 4}, {3, 4}, {0, 0}, {1, 1}},
    {"pairs", 2, 33, 50, 1, {28, 26}, {2, 2}, {2, 2}, {0, 0}, {1, 1}},
    {"padded_pairs_of_many_channels", 1, 600, 17, 1, {7, 9}, {2, 2}, {2, 2}, {1, 1}, {1, 1}},
    {"gaps", 3, 30, 70, 1, {15, 22}, {1, 1}, {2, 2}, {0, 0}, {1, 1}},
    {"long_gaps_in_groups", 2, 30, 70, 2, {31, 23}, {1, 1}, {4, 3}, {0, 0}, {1, 1}},
    {"gaps_on_three_axes", 1, 5, 18, 1, {9, 10, 41}, {1, 1, 1}, {2, 3, 2}, {0, 0, 0}, {1, 1, 1}},
    {"gaps_between_pairs", 1, 18, 40, 1, {20, 23}, {2, 2}, {3, 3}, {0, 0}, {1, 1}},
    {"gaps_in_the_padding", 1, 7, 18, 1, {10, 13}, {1, 1}, {3, 2}, {1, 1}, {1, 1}},
};

ConvolutionProblem problem_of(const Case& c, DataType type) {
    ConvolutionProblem problem;
    problem.type = type;
    problem.batch = c.images;
    problem.in_channels = c.channels;
    problem.out_channels = c.outputs;
    problem.groups = c.groups;
    problem.axes = convolution_axes(c.in, {c.kernel, c.stride, c.pad, c.dilation});
    return problem;
}

/// By a pass, or by the im2col engine if that is null.
template <class T>
std::vector<T> run(const ConvolutionProblem& problem, WeightUse use, const direct::DataPass<T>* pass, int threads,
                   Fill how) {
    const bool forward = use == WeightUse::forward;
    const std::int64_t x = problem.batch * problem.in_channels * problem.in_positions();
    const std::int64_t y = problem.batch * problem.out_channels * problem.out_positions();
    SplitMix64 random(7);
    const auto source = filled<T>(forward ? x : y, how, random);
    const auto w = filled<T>(problem.out_channels * problem.column_rows_per_group(), how, random);
    const auto bias = filled<T>(forward ? problem.out_channels : problem.in_channels, how, random);
    const auto device = open_cpu(threads);
    Guarded<T> target(forward ? y : x);
    if (pass == nullptr) {
        const auto plan = make_plan(EngineKind::gemm, problem, *device);
        const Epilogue epilogue{bias.data(), 0.5};
        if (forward) {
            plan->forward(source.data(), w.data(), target.data(), epilogue);
        } else {
            plan->backward_data(source.data(), w.data(), target.data(), epilogue);
        }
    } else {
        Guarded<T> prepared(pass->prepared_elements()), workspace(pass->workspace_elements(threads));
        pass->prepare(device->pool(), w.data(), prepared.data());
        pass->run({device->pool(), threads, workspace.data()}, source.data(),
                  pass->prepared_elements() == 0 ? w.data() : prepared.data(), target.data(),
                  {bias.data(), static_cast<T>(0.5)});
        EXPECT_TRUE(prepared.guards_untouched() && workspace.guards_untouched());
    }
    EXPECT_TRUE(target.guards_untouched());
    return {target.values().begin(), target.values().end()};
}

class ChannelVectors : public testing::TestWithParam<Case> {
protected:
    template <class T>
    void check() {
        const ConvolutionProblem problem = problem_of(GetParam(), data_type<T>);
        for (const WeightUse use : {WeightUse::forward, WeightUse::backward_data}) {
            int passes = 0;
            for (const direct::DataMethod& method : direct::data_methods<T>(problem, use, 8 << 20)) {
                const auto pass = direct::make_pass<T>(problem, use, method);
                if (pass->algorithm() != std::string("channel vectors")) {
                    continue;
                }
                ++passes;
                EXPECT_EQ(run<T>(problem, use, pass.get(), 2, Fill::integer),
                          run<T>(problem, use, nullptr, 1, Fill::integer));
                const auto expected = run<T>(problem, use, pass.get(), 1, Fill::random);
                for (const int threads : {2, 3, 7}) {
                    EXPECT_EQ(run<T>(problem, use, pass.get(), threads, Fill::random), expected) << threads;
                }
            }
            EXPECT_TRUE(passes > 0 || use == WeightUse::backward_data);
        }
    }
};

TEST_P(ChannelVectors, give_the_same_bits_as_gemm_and_for_any_threads) { check<float>(); }
TEST_P(ChannelVectors, give_the_same_bits_in_double) { check<double>(); }

const auto name_of = [](const auto& tested) { return tested.param.name; };
INSTANTIATE_TEST_SUITE_P(of, ChannelVectors, testing::ValuesIn(cases), name_of);
INSTANTIATE_TEST_SUITE_P(products_of, ChannelVectors, testing::ValuesIn(products), name_of);

}  // namespace
