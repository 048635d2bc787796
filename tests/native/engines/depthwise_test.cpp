// Groups of one channel: the same bits as the gemm engine on integers, whatever the number of threads on anything.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>

#include "engines/engine.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct Depthwise {
    const char* name;
    std::int64_t images, groups, outputs;  // outputs of a group
    std::vector<std::int64_t> in, kernel, stride, pad, dilation;
};

void PrintTo(const Depthwise& depthwise, std::ostream* out) { *out << depthwise.name; }

const Depthwise cases[] = {
    {"mobile_28", 2, 9, 1, {28, 28}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"mobile_7", 1, 40, 1, {7, 7}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"mobile_56_stride_2", 1, 5, 1, {56, 56}, {3, 3}, {2, 2}, {1, 1}, {1, 1}},
    {"five_by_five", 2, 4, 1, {17, 33}, {5, 5}, {1, 1}, {2, 2}, {1, 1}},
    {"five_by_five_stride_2", 2, 3, 1, {29, 70}, {5, 5}, {2, 2}, {2, 2}, {1, 1}},
    {"without_padding", 1, 3, 1, {11, 20}, {3, 3}, {1, 1}, {0, 0}, {1, 1}},
    {"most_padding", 2, 3, 1, {9, 50}, {5, 5}, {1, 1}, {4, 4}, {1, 1}},
    {"padding_over_window", 2, 3, 1, {9, 30}, {3, 3}, {1, 1}, {3, 5}, {1, 1}},
    {"one_column", 3, 20, 1, {6, 1}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"one_row_stride_2", 2, 7, 1, {1, 40}, {3, 3}, {2, 2}, {1, 1}, {1, 1}},
    {"one_element", 2, 50, 2, {1, 1}, {5, 5}, {2, 2}, {2, 2}, {1, 1}},
    {"bilinear", 3, 3, 1, {64, 64}, {4, 4}, {2, 2}, {1, 1}, {1, 1}},
    {"bilinear_odd", 2, 3, 1, {37, 71}, {4, 4}, {2, 2}, {1, 1}, {1, 1}},
    {"bilinear_narrow", 3, 5, 1, {10, 7}, {4, 4}, {2, 2}, {1, 1}, {1, 1}},
    {"bilinear_padding_2", 1, 3, 1, {21, 45}, {4, 4}, {2, 2}, {2, 2}, {1, 1}},
    {"bilinear_padding_3", 2, 3, 1, {20, 90}, {4, 4}, {2, 2}, {3, 3}, {1, 1}},
    {"bilinear_bands", 2, 1, 1, {300, 240}, {4, 4}, {2, 2}, {1, 1}, {1, 1}},
    {"bilinear_two_outputs", 1, 2, 2, {24, 40}, {4, 4}, {2, 2}, {1, 1}, {1, 1}},
    {"fcn", 1, 21, 1, {70, 70}, {4, 4}, {2, 2}, {0, 0}, {1, 1}},
    {"fcn_stride_8", 1, 3, 1, {144, 136}, {16, 16}, {8, 8}, {4, 4}, {1, 1}},
    {"stride_3", 2, 3, 1, {31, 40}, {6, 5}, {3, 3}, {1, 2}, {1, 1}},
    {"stride_over_kernel", 1, 3, 1, {23, 41}, {2, 1}, {3, 5}, {0, 0}, {1, 1}},
    {"other_on_each_axis", 2, 3, 1, {19, 37}, {1, 7}, {1, 2}, {0, 5}, {1, 1}},
    {"dilated", 1, 4, 1, {30, 21}, {3, 3}, {1, 1}, {6, 2}, {6, 2}},
    {"one_tap", 2, 5, 1, {9, 13}, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"padding_over_input", 1, 2, 1, {2, 3}, {4, 4}, {1, 1}, {20, 20}, {1, 1}},
    {"bands", 2, 1, 1, {150, 200}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"bands_stride_2", 1, 2, 1, {201, 230}, {3, 3}, {2, 2}, {1, 1}, {1, 1}},
    {"two_outputs", 2, 3, 2, {20, 35}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"three_outputs_stride_2", 1, 3, 3, {33, 18}, {4, 3}, {2, 2}, {1, 1}, {1, 1}},
    {"four_outputs_bands", 1, 1, 4, {90, 180}, {5, 5}, {2, 2}, {2, 2}, {1, 1}},
    {"line", 2, 3, 1, {100}, {9}, {1}, {4}, {1}},
    {"line_stride_4", 1, 3, 2, {401}, {8}, {4}, {2}, {1}},
};

template <class T>
ConvolutionProblem problem_of(const Depthwise& c) {
    ConvolutionProblem problem;
    problem.type = data_type<T>;
    problem.batch = c.images;
    problem.in_channels = problem.groups = c.groups;
    problem.out_channels = c.groups * c.outputs;
    problem.axes = convolution_axes(c.in, {c.kernel, c.stride, c.pad, c.dilation});
    return problem;
}

template <class T>
class Problem {
public:
    explicit Problem(const Depthwise& c) : problem_(problem_of<T>(c)), random_(7) { fill_with(Fill::integer); }

    void fill_with(Fill how) {
        x_ = filled<T>(problem_.batch * problem_.in_channels * problem_.in_positions(), how, random_);
        dy_ = filled<T>(problem_.batch * problem_.out_channels * problem_.out_positions(), how, random_);
        w_ = filled<T>(problem_.out_channels * problem_.taps(), how, random_);
        bias_ = filled<T>(problem_.out_channels, how, random_);
    }

    /// Makes what belongs to the last group infinite.
    void spoil_last_group() {
        const auto spoil = [&](std::vector<T>& values, std::int64_t images) {
            const std::size_t of_image = values.size() / static_cast<std::size_t>(images);
            const std::size_t kept = of_image - of_image / static_cast<std::size_t>(problem_.groups);
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] = i % of_image < kept ? values[i] : static_cast<T>(INFINITY);
            }
        };
        spoil(x_, problem_.batch);
        spoil(dy_, problem_.batch);
    }

    struct Results {
        std::vector<T> y, y_with_bias, dx, dx_with_bias, dw;

        bool operator==(const Results&) const = default;
    };

    Results run(EngineKind kind, int threads) const {
        const auto device = open_cpu(threads);
        const auto plan = make_plan(kind, problem_, *device);
        if (kind == EngineKind::direct) {
            EXPECT_STREQ(plan->algorithms().forward, "depthwise");
            EXPECT_STREQ(plan->algorithms().backward_data, "depthwise");
            EXPECT_STREQ(plan->algorithms().backward_filter, "depthwise");
            EXPECT_EQ(plan->prepared_bytes(WeightUse::forward), 0);
        }
        Results results;
        Guarded<T> y(std::ssize(dy_)), dx(std::ssize(x_)), dw(std::ssize(w_));
        plan->forward(x_.data(), w_.data(), y.data(), {});
        results.y = taken(y);
        plan->forward(x_.data(), w_.data(), y.data(), {bias_.data()});
        results.y_with_bias = taken(y);
        plan->backward_data(dy_.data(), w_.data(), dx.data(), {});
        results.dx = taken(dx);
        plan->backward_data(dy_.data(), w_.data(), dx.data(), {bias_.data()});
        results.dx_with_bias = taken(dx);
        std::copy(w_.begin(), w_.end(), dw.data());
        plan->backward_filter(x_.data(), dy_.data(), dw.data());
        results.dw = taken(dw);
        return results;
    }

private:
    static std::vector<T> taken(Guarded<T>& memory) {
        EXPECT_TRUE(memory.guards_untouched());
        std::vector<T> values(memory.values().begin(), memory.values().end());
        memory.poison();
        return values;
    }

    ConvolutionProblem problem_;
    SplitMix64 random_;
    std::vector<T> x_, dy_, w_, bias_;
};

template <class T>
void equals_gemm(const Depthwise& c) {
    const Problem<T> problem(c);
    const auto expected = problem.run(EngineKind::gemm, 1), got = problem.run(EngineKind::direct, 2);
    EXPECT_EQ(got.y, expected.y);
    EXPECT_EQ(got.y_with_bias, expected.y_with_bias);
    EXPECT_EQ(got.dx, expected.dx);
    EXPECT_EQ(got.dx_with_bias, expected.dx_with_bias);
    EXPECT_EQ(got.dw, expected.dw);
}

template <class T>
void has_one_result_for_any_threads(const Depthwise& c) {
    Problem<T> problem(c);
    problem.fill_with(Fill::random);
    const auto expected = problem.run(EngineKind::direct, 1);
    EXPECT_TRUE(problem.run(EngineKind::direct, 2) == expected);
    EXPECT_TRUE(problem.run(EngineKind::direct, 5) == expected);
}

// Vectors reach behind the end of a row and of a channel. What they find there must not get in.
template <class T>
void keeps_groups_apart(const Depthwise& c) {
    Problem<T> problem(c);
    const auto expected = problem.run(EngineKind::direct, 1);
    problem.spoil_last_group();
    const auto got = problem.run(EngineKind::direct, 1);
    const auto first_groups = [&](const std::vector<T>& values, std::int64_t images) {
        const std::ptrdiff_t of_image = std::ssize(values) / images;
        std::vector<T> kept;
        for (std::ptrdiff_t image = 0; image < images; ++image) {
            const auto begin = values.begin() + image * of_image;
            kept.insert(kept.end(), begin, begin + of_image / c.groups * (c.groups - 1));
        }
        return kept;
    };
    EXPECT_EQ(first_groups(got.y, c.images), first_groups(expected.y, c.images));
    EXPECT_EQ(first_groups(got.dx, c.images), first_groups(expected.dx, c.images));
    EXPECT_EQ(first_groups(got.dw, 1), first_groups(expected.dw, 1));
}

/// A target of more than 32 MiB, which is written past the caches, has the same bits as those of its images.
void is_what_its_images_are(Depthwise c, WeightUse use) {
    SplitMix64 random(7);
    const auto problem = problem_of<float>(c);
    const std::int64_t in = problem.in_channels * problem.in_positions();
    const std::int64_t out = problem.out_channels * problem.out_positions();
    const bool forward = use == WeightUse::forward;
    const std::int64_t source_of_image = forward ? in : out, target_of_image = forward ? out : in;
    ASSERT_GT(c.images * target_of_image, 8 << 20);
    // A period that no image is a multiple of.
    const auto values = filled<float>(1009, Fill::random, random);
    std::vector<float> source(static_cast<std::size_t>(c.images * source_of_image));
    for (std::size_t i = 0; i < source.size(); ++i) {
        source[i] = values[i % values.size()];
    }
    const auto w = filled<float>(problem.out_channels * problem.taps(), Fill::random, random);
    const auto run = [&](const ConvolutionProblem& p, const float* from, float* to) {
        const auto device = open_cpu(2);
        const auto plan = make_plan(EngineKind::direct, p, *device);
        forward ? plan->forward(from, w.data(), to, {}) : plan->backward_data(from, w.data(), to, {});
    };
    // Whole vectors are written past the caches where they are multiples of one.
    constexpr std::int64_t line = 64;
    Guarded<float> memory(c.images * target_of_image + 2 * line), one(target_of_image);
    float* all = memory.data();
    all += (line - static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(all) % line)) / 4;
    run(problem, source.data(), all);
    EXPECT_TRUE(memory.guards_untouched());
    EXPECT_TRUE(std::isnan(all[-1]) && std::isnan(all[c.images * target_of_image]));
    const std::int64_t images = std::exchange(c.images, 1);
    for (std::int64_t image = 0; image < images; ++image) {
        run(problem_of<float>(c), source.data() + image * source_of_image, one.data());
        EXPECT_TRUE(std::equal(one.values().begin(), one.values().end(), all + image * target_of_image))
            << "image " << image;
    }
}

class DepthwiseTest : public testing::TestWithParam<Depthwise> {};

}  // namespace

TEST_P(DepthwiseTest, EqualsGemm) {
    equals_gemm<float>(GetParam());
    equals_gemm<double>(GetParam());
}

TEST_P(DepthwiseTest, HasOneResultForAnyThreads) {
    has_one_result_for_any_threads<float>(GetParam());
    has_one_result_for_any_threads<double>(GetParam());
}

TEST_P(DepthwiseTest, KeepsGroupsApart) {
    keeps_groups_apart<float>(GetParam());
    keeps_groups_apart<double>(GetParam());
}

TEST(DepthwiseTest, LargeTargetIsWhatItsImagesAre) {
    is_what_its_images_are({"3x3", 9, 16, 1, {240, 252}, {3, 3}, {1, 1}, {1, 1}, {1, 1}}, WeightUse::forward);
    is_what_its_images_are({"3x3_odd", 9, 16, 1, {241, 251}, {3, 3}, {1, 1}, {1, 1}, {1, 1}}, WeightUse::forward);
    is_what_its_images_are({"bilinear", 9, 16, 1, {240, 256}, {4, 4}, {2, 2}, {1, 1}, {1, 1}},
                           WeightUse::backward_data);
    is_what_its_images_are({"bilinear_odd", 9, 16, 1, {241, 251}, {4, 4}, {2, 2}, {1, 1}, {1, 1}},
                           WeightUse::backward_data);
}

INSTANTIATE_TEST_SUITE_P(Depthwise, DepthwiseTest, testing::ValuesIn(cases),
                         [](const auto& each) { return std::string(each.param.name); });
