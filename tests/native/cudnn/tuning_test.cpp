// Autotuning: timed once for each problem, in borrowed memory, within the same limits.
#include "cudnn/fixture.hpp"

using namespace testing_support;

namespace {

/// Lends memory up to a limit and counts what comes back.
struct Lender {
    std::int64_t limit_bytes = std::int64_t{1} << 30;
    std::vector<std::int64_t> lent;
    std::int64_t out_bytes = 0;

    cn_cuda_allocator allocator() {
        return {this,
                [](void* context, std::int64_t bytes) -> void* {
                    auto& self = *static_cast<Lender*>(context);
                    if (self.out_bytes + bytes > self.limit_bytes) {
                        return nullptr;
                    }
                    self.out_bytes += bytes;
                    self.lent.push_back(bytes);
                    return address(self.lent.size() * 0x100);
                },
                [](void* context, void*, std::int64_t bytes) { static_cast<Lender*>(context)->out_bytes -= bytes; }};
    }
};

constexpr std::int64_t x_bytes = 2 * 6 * 9 * 8 * 4, y_bytes = 2 * 4 * 5 * 8 * 4, w_bytes = 4 * 6 * 3 * 3 * 4;

class CudnnTuning : public CudnnTest {
protected:
    CudnnTuning() {
        within.autotune = 1;
        offer_all({offer(0), offer(1), offer(2)});
        time_all({offer(2), offer(0)});
    }

    void time_all(const std::vector<api::Performance>& offers) { fake.timings = {offers, offers, offers}; }

    std::shared_ptr<const convnet::cudnn::Plan> tuned() {
        const cn_cuda_allocator allocator = lender.allocator();
        auto result = engine.plan(problem_2d(), within, &allocator);
        EXPECT_EQ(lender.out_bytes, 0) << "memory was not given back";
        return result;
    }

    cn_cudnn_limits within = limits();
    Lender lender;
};

TEST_F(CudnnTuning, TakesTheFastest) {
    const auto p = tuned();
    EXPECT_STREQ(p->algorithm(Pass::forward, 0).name, "gemm");
    EXPECT_STREQ(p->algorithm(Pass::backward_data, 0).name, "fft");
    EXPECT_STREQ(p->algorithm(Pass::backward_filter, 0).name, "fft");
}

TEST_F(CudnnTuning, RunsInTensorsOfTheProblemsSize) {
    tuned();
    EXPECT_EQ(lender.lent, (std::vector<std::int64_t>{x_bytes, y_bytes, w_bytes, x_bytes, y_bytes, w_bytes, x_bytes,
                                                      y_bytes, w_bytes}));
    using Operands = std::vector<const void*>;
    EXPECT_EQ(last_call("cudnnFindConvolutionForwardAlgorithmEx").operands,
              (Operands{address(0x100), address(0x300), address(0x200)}));
    EXPECT_EQ(last_call("cudnnFindConvolutionBackwardDataAlgorithmEx").operands,
              (Operands{address(0x600), address(0x500), address(0x400)}));
    EXPECT_EQ(last_call("cudnnFindConvolutionBackwardFilterAlgorithmEx").operands,
              (Operands{address(0x700), address(0x800), address(0x900)}));
}

TEST_F(CudnnTuning, IsDoneOnceForEachProblem) {
    tuned();
    tuned();
    EXPECT_EQ(calls("cudnnFindConvolutionForwardAlgorithmEx").size(), 1u);
    EXPECT_EQ(calls("cudnnFindConvolutionBackwardDataAlgorithmEx").size(), 1u);
    EXPECT_EQ(calls("cudnnFindConvolutionBackwardFilterAlgorithmEx").size(), 1u);
}

TEST_F(CudnnTuning, IsDoneOnRequestOnly) {
    within.autotune = 0;
    EXPECT_STREQ(tuned()->algorithm(Pass::forward, 0).name, "implicit gemm");
    EXPECT_TRUE(calls("cudnnFindConvolutionForwardAlgorithmEx").empty());
    EXPECT_TRUE(lender.lent.empty());
}

TEST_F(CudnnTuning, IsNotNeededToSayWhetherAProblemCanBeComputed) {
    EXPECT_EQ(engine.reason_against(problem_2d(), within), "");
    EXPECT_TRUE(calls("cudnnFindConvolutionForwardAlgorithmEx").empty());
    EXPECT_STREQ(tuned()->algorithm(Pass::forward, 0).name, "gemm") << "the question left an untimed plan behind";
}

TEST_F(CudnnTuning, LendsAsMuchWorkspaceAsAnyCandidateMayTake) {
    fake.workspaces = {{{0, 0}, 100}, {{0, 1}, 300}, {{0, 2}, std::size_t{1} << 21}};
    tuned();
    EXPECT_EQ(last_call("cudnnFindConvolutionForwardAlgorithmEx").workspace_bytes, 300u) << "2 MiB is over the limit";
}

TEST_F(CudnnTuning, MakesDoWithTheWorkspaceThatThereIs) {
    fake.workspaces = {{{0, 0}, 100}, {{0, 1}, 300}, {{0, 2}, 200}};
    lender.limit_bytes = x_bytes + y_bytes + w_bytes + 250;
    tuned();
    EXPECT_EQ(last_call("cudnnFindConvolutionForwardAlgorithmEx").workspace_bytes, 200u);
}

TEST_F(CudnnTuning, IsLeftOutWhenThereIsNoMemoryForTheTensors) {
    lender.limit_bytes = x_bytes + y_bytes;
    EXPECT_STREQ(tuned()->algorithm(Pass::forward, 0).name, "implicit gemm");
    EXPECT_TRUE(calls("cudnnFindConvolutionForwardAlgorithmEx").empty());
}

TEST_F(CudnnTuning, KeepsTheHeuristicsWhenItFails) {
    for (const api::Status status : {api::Status::device_allocation_failed, api::Status::not_supported}) {
        answer("cudnnFindConvolutionForwardAlgorithmEx", status);
        const auto p = tuned();
        EXPECT_STREQ(p->algorithm(Pass::forward, 0).name, "implicit gemm");
        EXPECT_STREQ(p->algorithm(Pass::backward_data, 0).name, "fft") << "the other passes were timed";
        engine.release();
    }
}

TEST_F(CudnnTuning, SkipsWhatCouldNotBeTimed) {
    time_all(
        {offer(2, api::Math::fma, api::Determinism::deterministic, api::Status::device_allocation_failed), offer(1)});
    EXPECT_STREQ(tuned()->algorithm(Pass::forward, 0).name, "implicit precomp gemm");
}

TEST_F(CudnnTuning, ObeysTheSameLimits) {
    within.deterministic = 1;
    time_all({offer(0), offer(4, api::Math::tensor_op), offer(1)});
    const auto p = tuned();
    EXPECT_STREQ(p->algorithm(Pass::backward_data, 0).name, "algorithm 1");
    EXPECT_STREQ(p->algorithm(Pass::backward_filter, 0).name, "algorithm 1");
}

TEST_F(CudnnTuning, KeepsTheHeuristicsWhenNothingTimedIsAllowed) {
    time_all({offer(0, api::Math::tensor_op)});
    EXPECT_STREQ(tuned()->algorithm(Pass::forward, 0).name, "implicit gemm");
}

}  // namespace
