// Plans are made once, for exactly what they are asked for.
#include <atomic>
#include <thread>

#include "cudnn/fixture.hpp"

using namespace testing_support;
using convnet::cudnn::PlanCache;

namespace {

constexpr const char* heuristics = "cudnnGetConvolutionForwardAlgorithm_v7";

using CudnnCache = CudnnTest;

TEST_F(CudnnCache, AsksCudnnOnceForEachProblem) {
    const auto first = plan();
    EXPECT_EQ(engine.reason_against(problem_2d(), limits()), "");
    EXPECT_EQ(plan(), first);
    EXPECT_EQ(calls(heuristics).size(), 1u);
}

TEST_F(CudnnCache, AsksNothingWhenAPlanRuns) {
    const auto p = plan();
    p->forward(launch(0), nullptr, nullptr, nothing, nullptr);
    const std::size_t before = fake.calls.size();
    p->forward(launch(0), nullptr, nullptr, nothing, nullptr);
    EXPECT_EQ(fake.calls.size(), before + 1);
}

struct Change {
    const char* name;
    void (*change)(cn_cuda_problem&, cn_cudnn_limits&);
};

void PrintTo(const Change& change, std::ostream* out) { *out << change.name; }

class CudnnCacheKey : public CudnnTest, public testing::WithParamInterface<Change> {};

TEST_P(CudnnCacheKey, TellsPlansApart) {
    offer_all({offer(1, api::Math::fma)});
    cn_cuda_problem problem = problem_2d();
    cn_cudnn_limits within = limits();
    const auto original = plan(problem, within);
    GetParam().change(problem, within);
    EXPECT_NE(plan(problem, within), original);
    EXPECT_EQ(calls(heuristics).size(), 2u);
    EXPECT_EQ(plan(problem, within), plan(problem, within));
    EXPECT_EQ(plan(), original);
    EXPECT_EQ(calls(heuristics).size(), 2u);
}

#define CHANGE(name, what)                                                              \
    Change {                                                                            \
#name, [](cn_cuda_problem & p, cn_cudnn_limits & l) { (void)p, (void)l, what; } \
    }

INSTANTIATE_TEST_SUITE_P(
    All, CudnnCacheKey,
    testing::Values(CHANGE(dtype, p.dtype = 3), CHANGE(layout, p.layout = CN_CUDA_CHANNELS_LAST),
                    CHANGE(strict, p.strict = 1), CHANGE(batch, p.batch = 3), CHANGE(in_channels, p.in_channels = 8),
                    CHANGE(out_channels, p.out_channels = 6), CHANGE(groups, p.groups = 2), CHANGE(in, p.in[1] = 9),
                    CHANGE(out, p.out[0] = 4), CHANGE(kernel, p.kernel[0] = 5), CHANGE(stride, p.stride[1] = 2),
                    CHANGE(pad, p.pad[0] = 2), CHANGE(dilation, p.dilation[1] = 2), CHANGE(axes, p.spatial_axes = 1),
                    CHANGE(workspace_limit, l.workspace_limit_bytes = 5), CHANGE(deterministic, l.deterministic = 1),
                    CHANGE(tf32, l.tf32 = 1), CHANGE(autotune, l.autotune = 1),
                    CHANGE(overwrite_filter, l.overwrite_filter = 1)),
    testing::PrintToStringParamName());

TEST_F(CudnnCache, IgnoresAxesThatAProblemDoesNotHave) {
    cn_cuda_problem problem = problem_2d();
    const auto original = plan(problem);
    problem.in[2] = 77;
    EXPECT_EQ(plan(problem), original);
}

TEST_F(CudnnCache, DoesNotKeepFailures) {
    answer(heuristics, api::Status::device_allocation_failed);
    expect_error([&] { plan(); }, Status::out_of_memory, "", {"choosing an algorithm for forward"});
    fake.answer = nullptr;
    EXPECT_STREQ(plan()->algorithm(Pass::forward, 0)->name, "implicit precomp gemm");
}

TEST_F(CudnnCache, ForgetsWhenItIsReleased) {
    plan();
    engine.release();
    plan();
    EXPECT_EQ(calls(heuristics).size(), 2u);
}

TEST_F(CudnnCache, DropsWhatWasAskedForLongestAgo) {
    PlanCache cache(2);
    int made = 0;
    const auto get = [&](std::int64_t key) {
        cache.get({key}, [&] {
            ++made;
            return plan();
        });
    };
    get(1);
    get(2);
    get(1);
    get(3);  // for which 2 goes
    EXPECT_EQ(made, 3);
    get(1);
    get(3);
    EXPECT_EQ(made, 3);
    get(2);
    EXPECT_EQ(made, 4);
}

TEST_F(CudnnCache, IsUsedByThreadsAtOnce) {
    std::vector<std::thread> threads;
    std::vector<std::shared_ptr<const convnet::cudnn::Plan>> plans(8);
    for (std::size_t i = 0; i < plans.size(); ++i) {
        threads.emplace_back([&, i] { plans[i] = plan(); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const auto& p : plans) {
        EXPECT_EQ(p, plans.front());
    }
    EXPECT_EQ(calls(heuristics).size(), 1u);
}

}  // namespace
