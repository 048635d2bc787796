// Autotuning: each candidate timed once for each problem, in borrowed memory.
#include "cudnn/fixture.hpp"

using namespace testing_support;
using convnet::cudnn::Epilogue;
using convnet::cudnn::Work;

namespace {

using Names = std::vector<std::string>;
using Bytes = std::vector<std::int64_t>;

constexpr std::int64_t x_bytes = 2 * 6 * 9 * 8 * 4, y_bytes = 2 * 4 * 5 * 8 * 4, w_bytes = 4 * 6 * 3 * 3 * 4,
                       bias_bytes = 6 * 4, tensor_bytes = x_bytes + y_bytes + w_bytes + bias_bytes;

class CudnnTuning : public CudnnTest {
protected:
    CudnnTuning() {
        offer_all({offer(0), offer(1), offer(2)});
        time({{0, 3}, {1, 5}, {2, 1}});
    }

    std::shared_ptr<const convnet::cudnn::Plan> tuned() { return CudnnTest::tuned(problem_2d(), within); }

    /// Names in the order in which they are taken, whatever they need.
    Names order(const convnet::cudnn::Plan& plan, Work work) {
        Names names;
        while (true) {
            try {
                const auto& best = plan.algorithm(work, std::int64_t{1} << 40);
                names.emplace_back(best.name);
                best.refuse();
            } catch (const convnet::Error&) {
                return names;
            }
        }
    }

    std::vector<int> algorithms_timed(const std::string& function) {
        std::vector<int> numbers;
        for (const Call& call : calls(function)) {
            if (numbers.empty() || numbers.back() != call.algorithm) {
                numbers.push_back(call.algorithm);
            }
        }
        return numbers;
    }

    cn_cudnn_limits within = limits();
};

TEST_F(CudnnTuning, TakesTheFastest) {
    const auto p = tuned();
    EXPECT_EQ(order(*p, Pass::forward), (Names{"gemm", "implicit gemm", "implicit precomp gemm"}));
    EXPECT_EQ(order(*p, Pass::backward_data), (Names{"fft", "algorithm 0", "algorithm 1"}));
    EXPECT_EQ(order(*p, Pass::backward_filter), (Names{"fft", "algorithm 0", "algorithm 1"}));
}

TEST_F(CudnnTuning, RunsInTensorsOfTheProblemsSize) {
    tuned();
    EXPECT_EQ(lender.lent, (Bytes{x_bytes, y_bytes, w_bytes, bias_bytes}));
    using Operands = std::vector<const void*>;
    void *const x = address(0x100), *const y = address(0x200), *const w = address(0x300), *const bias = address(0x400);
    EXPECT_EQ(last_call("cudnnConvolutionForward").operands, (Operands{x, w, y}));
    EXPECT_EQ(last_call("cudnnConvolutionBiasActivationForward").operands, (Operands{x, w, y, bias, y}));
    EXPECT_EQ(last_call("cudnnConvolutionBackwardData").operands, (Operands{w, y, x}));
    EXPECT_EQ(last_call("cudnnAddTensor").operands, (Operands{bias, x}));
    EXPECT_EQ(last_call("cudnnConvolutionBackwardFilter").operands, (Operands{x, y, w}));
    EXPECT_EQ(last_call("cudnnConvolutionForward").stream, nullptr);
}

TEST_F(CudnnTuning, IsDoneOnceForEachProblem) {
    tuned();
    fake.calls.clear();
    tuned();
    EXPECT_TRUE(fake.calls.empty());
}

TEST_F(CudnnTuning, IsDoneOnRequestOnly) {
    EXPECT_STREQ(plan()->algorithm(Pass::forward, 0).name, "implicit gemm");
    EXPECT_TRUE(calls("cudnnConvolutionForward").empty());
}

TEST_F(CudnnTuning, IsNotNeededToSayWhetherAProblemCanBeComputed) {
    within.autotune = 1;
    EXPECT_EQ(engine.reason_against(problem_2d(), within), "");
    EXPECT_TRUE(calls("cudnnConvolutionForward").empty());
    EXPECT_STREQ(tuned()->algorithm(Pass::forward, 0).name, "gemm") << "the question left an untimed plan behind";
}

TEST_F(CudnnTuning, LeavesTheFirstRunOut) {
    std::map<std::pair<std::string, int>, int> runs;
    fake.duration = [&](const Call& call) {
        const bool first = runs[{call.function, call.algorithm}]++ == 0;
        return call.algorithm == 2 ? (first ? 100 : 1) : 2;
    };
    EXPECT_STREQ(tuned()->algorithm(Pass::backward_filter, 0).name, "fft");
}

TEST_F(CudnnTuning, KeepsTheOrderOfWhatIsEquallyFast) {
    time({});
    EXPECT_EQ(order(*tuned(), Pass::forward), (Names{"implicit gemm", "implicit precomp gemm", "gemm"}));
}

// A bias that cuDNN adds as it convolves costs nothing; behind other algorithms it is work of its own.
TEST_F(CudnnTuning, CountsWhatAnEpilogueTakes) {
    time({{0, 4}, {1, 5}, {2, 6}, {-1, 3}});
    const auto p = tuned();
    EXPECT_STREQ(p->algorithm(Pass::forward, 0).name, "implicit gemm");
    EXPECT_STREQ(p->algorithm({Pass::forward, Epilogue::bias}, 0).name, "implicit precomp gemm");
    EXPECT_STREQ(p->algorithm({Pass::forward, Epilogue::bias_and_relu}, 0).name, "implicit gemm") << "all fuse both";
}

TEST_F(CudnnTuning, TimesWhatLeavesAnEpilogueToOthers) {
    fake.answer = [](const Call& call) {
        return call.function == "cudnnAddTensor" || call.function == "cudnnConvolutionBiasActivationForward"
                   ? api::Status::not_supported
                   : api::Status::success;
    };
    const auto p = tuned();
    for (const Epilogue epilogue : {Epilogue::bias, Epilogue::bias_and_relu}) {
        EXPECT_STREQ(p->algorithm({Pass::forward, epilogue}, 0).name, "gemm");
        EXPECT_STREQ(p->algorithm({Pass::backward_data, epilogue}, 0).name, "fft");
    }
}

TEST_F(CudnnTuning, LendsAsMuchWorkspaceAsAnyCandidateMayTake) {
    fake.workspaces = {{{2, 0}, 100}, {{2, 1}, 300}, {{2, 2}, std::size_t{1} << 21}};
    tuned();
    EXPECT_EQ(lender.lent, (Bytes{x_bytes, y_bytes, w_bytes, bias_bytes, 300})) << "2 MiB is over the limit";
    EXPECT_EQ(algorithms_timed("cudnnConvolutionBackwardFilter"), (std::vector<int>{0, 1}));
}

TEST_F(CudnnTuning, PutsWhatThereIsNoMemoryForBehindTheRest) {
    fake.workspaces = {{{2, 0}, 100}, {{2, 1}, 300}, {{2, 2}, 200}};
    lender.limit_bytes = tensor_bytes + 250;
    const auto p = tuned();
    EXPECT_EQ(algorithms_timed("cudnnConvolutionBackwardFilter"), (std::vector<int>{0, 2}));
    EXPECT_EQ(order(*p, Pass::backward_filter), (Names{"fft", "algorithm 0", "algorithm 1"}));
}

TEST_F(CudnnTuning, IsLeftOutWhenThereIsNoMemoryForTheTensors) {
    lender.limit_bytes = tensor_bytes - 1;
    fake.graph_engines = {{7}};
    EXPECT_EQ(order(*tuned(), Pass::forward), (Names{"implicit gemm", "implicit precomp gemm", "gemm"}));
    EXPECT_TRUE(calls("cudnnConvolutionForward").empty());
    EXPECT_TRUE(calls("cudnnBackendCreateDescriptor").empty());
}

TEST_F(CudnnTuning, PutsWhatFailsBehindTheRest) {
    for (const api::Status status : {api::Status::device_allocation_failed, api::Status::not_supported}) {
        fake.answer = [=](const Call& call) {
            return call.function == "cudnnConvolutionBackwardData" && call.algorithm == 2 ? status
                                                                                          : api::Status::success;
        };
        EXPECT_EQ(order(*tuned(), Pass::backward_data), (Names{"algorithm 0", "algorithm 1", "fft"}));
        engine.release();
    }
}

TEST_F(CudnnTuning, TimesWhatIsAllowedOnly) {
    within.deterministic = 1;
    tuned();
    EXPECT_EQ(algorithms_timed("cudnnConvolutionBackwardData"), (std::vector<int>{1, 2, 1, 2, 1, 2}));
}

}  // namespace
