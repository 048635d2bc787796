// Channel vectors against the im2col engine, bit for bit on integers, on every kind of window that they take, and for
// any number of threads.
#include <gtest/gtest.h>

#include "engines/direct/channel_pass.hpp"
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

template <class T>
std::vector<T> run(const Case& c, WeightUse use, EngineKind kind, int threads, Fill how) {
    ConvolutionProblem problem;
    problem.type = data_type<T>;
    problem.batch = c.images;
    problem.in_channels = c.channels;
    problem.out_channels = c.outputs;
    problem.groups = c.groups;
    problem.axes = convolution_axes(c.in, {c.kernel, c.stride, c.pad, c.dilation});
    const bool forward = use == WeightUse::forward;
    const std::int64_t x = problem.batch * problem.in_channels * problem.in_positions();
    const std::int64_t y = problem.batch * problem.out_channels * problem.out_positions();
    SplitMix64 random(7);
    const auto source = filled<T>(forward ? x : y, how, random);
    const auto w = filled<T>(problem.out_channels * problem.column_rows_per_group(), how, random);
    const auto bias = filled<T>(forward ? problem.out_channels : problem.in_channels, how, random);
    const auto device = open_cpu(threads);
    Guarded<T> target(forward ? y : x);
    if (kind == EngineKind::gemm) {
        const auto plan = make_plan(kind, problem, *device);
        const Epilogue epilogue{bias.data(), 0.5};
        if (forward) {
            plan->forward(source.data(), w.data(), target.data(), epilogue);
        } else {
            plan->backward_data(source.data(), w.data(), target.data(), epilogue);
        }
    } else {
        const direct::ChannelPass<T> pass(problem, use);
        std::vector<T> prepared(static_cast<std::size_t>(pass.prepared_elements()));
        std::vector<T> workspace(static_cast<std::size_t>(pass.workspace_elements(threads)));
        pass.prepare(device->pool(), w.data(), prepared.data());
        pass.run({device->pool(), threads, workspace.data()}, source.data(), prepared.data(), target.data(),
                 {bias.data(), static_cast<T>(0.5)});
    }
    EXPECT_TRUE(target.guards_untouched());
    return {target.values().begin(), target.values().end()};
}

bool is_unstrided(const Case& c) {
    return std::all_of(c.stride.begin(), c.stride.end(), [](std::int64_t stride) { return stride == 1; });
}

class ChannelVectors : public testing::TestWithParam<Case> {
protected:
    template <class T>
    void check() {
        for (const WeightUse use : {WeightUse::forward, WeightUse::backward_data}) {
            if (use == WeightUse::backward_data && !is_unstrided(GetParam())) {
                continue;
            }
            EXPECT_EQ(run<T>(GetParam(), use, EngineKind::direct, 2, Fill::integer),
                      run<T>(GetParam(), use, EngineKind::gemm, 1, Fill::integer));
            const auto expected = run<T>(GetParam(), use, EngineKind::direct, 1, Fill::random);
            for (const int threads : {2, 3, 7}) {
                EXPECT_EQ(run<T>(GetParam(), use, EngineKind::direct, threads, Fill::random), expected) << threads;
            }
        }
    }
};

TEST_P(ChannelVectors, give_the_same_bits_as_gemm_and_for_any_threads) { check<float>(); }
TEST_P(ChannelVectors, give_the_same_bits_in_double) { check<double>(); }

INSTANTIATE_TEST_SUITE_P(of, ChannelVectors, testing::ValuesIn(cases),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
