// Autotuning: each candidate timed once for each problem, in borrowed memory.
#include <map>
#include <thread>

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

    /// Tunes one work alone, on a stream.
    std::shared_ptr<const convnet::cudnn::Plan> tune(Work work) {
        within.autotune = 1;
        auto result = engine.plan(problem_2d(), within);
        result->tune(work, lender.allocator(), stream);
        EXPECT_EQ(lender.out_bytes, 0) << "memory was not given back";
        return result;
    }

    void* const stream = address(0x5000);

    /// Names in the order in which they are taken, whatever they need.
    Names order(const convnet::cudnn::Plan& plan, Work work) {
        Names names;
        while (true) {
            try {
                const auto best = plan.algorithm(work, std::int64_t{1} << 40);
                names.emplace_back(best->name);
                best->refuse();
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
    tune({Pass::forward, Epilogue::bias});
    EXPECT_EQ(lender.lent, (Bytes{x_bytes, y_bytes, w_bytes, bias_bytes}));
    tune({Pass::backward_data, Epilogue::bias});
    tune(Pass::backward_filter);
    using Operands = std::vector<const void*>;
    const auto x = [](std::uintptr_t turn) { return address(0x400 * turn + 0x100); };
    const auto y = [](std::uintptr_t turn) { return address(0x400 * turn + 0x200); };
    const auto w = [](std::uintptr_t turn) { return address(0x400 * turn + 0x300); };
    const auto bias = [](std::uintptr_t turn) { return address(0x400 * turn + 0x400); };
    EXPECT_EQ(last_call("cudnnConvolutionForward").operands, (Operands{x(0), w(0), y(0)}));
    EXPECT_EQ(last_call("cudnnConvolutionBiasActivationForward").operands, (Operands{x(0), w(0), y(0), bias(0), y(0)}));
    EXPECT_EQ(last_call("cudnnConvolutionBackwardData").operands, (Operands{w(1), y(1), x(1)}));
    EXPECT_EQ(last_call("cudnnAddTensor").operands, (Operands{bias(1), x(1)}));
    EXPECT_EQ(last_call("cudnnConvolutionBackwardFilter").operands, (Operands{x(2), y(2), w(2)}));
    EXPECT_EQ(last_call("cudnnConvolutionForward").stream, stream);
}

TEST_F(CudnnTuning, IsDoneOnceForEachProblem) {
    tuned();
    fake.calls.clear();
    tuned();
    EXPECT_TRUE(fake.calls.empty());
}

TEST_F(CudnnTuning, IsDoneOnRequestOnly) {
    const auto p = plan();
    p->tune(Pass::forward, lender.allocator(), stream);
    EXPECT_STREQ(p->algorithm(Pass::forward, 0)->name, "implicit gemm");
    EXPECT_TRUE(calls("cudnnConvolutionForward").empty());
}

TEST_F(CudnnTuning, IsDoneForWhatIsAskedForAlone) {
    const auto p = tune(Pass::forward);
    EXPECT_STREQ(p->algorithm(Pass::forward, 0)->name, "gemm");
    EXPECT_STREQ(p->algorithm({Pass::forward, Epilogue::bias}, 0)->name, "implicit gemm");
    EXPECT_STREQ(p->algorithm(Pass::backward_data, 0)->name, "algorithm 0");
    EXPECT_TRUE(calls("cudnnConvolutionBackwardData").empty());
}

TEST_F(CudnnTuning, OfOneWorkByThreadsAtOnceIsDoneOnce) {
    within.autotune = 1;
    const auto p = engine.plan(problem_2d(), within);
    fake.slow = true;
    std::vector<Lender> lenders(4);
    std::vector<std::thread> threads;
    for (std::uintptr_t i = 0; i < lenders.size(); ++i) {
        threads.emplace_back([&, i] {
            void* const own = address(0x10 * i);
            p->tune(Pass::backward_filter, lenders[i].allocator(), own);
            p->backward_filter(launch(0, own), nullptr, nullptr, nullptr);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(algorithms_timed("cudnnConvolutionBackwardFilter"), (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(fake.overlaps, 0);
}

TEST_F(CudnnTuning, RunsWhatIsSlowNoMoreThanIsNeeded) {
    time({{0, 1}, {1, 1.5}, {2, 2}});
    tune(Pass::backward_filter);
    std::map<int, int> runs;
    for (const Call& call : calls("cudnnConvolutionBackwardFilter")) {
        ++runs[call.algorithm];
    }
    EXPECT_EQ(runs, (std::map<int, int>{{0, 4}, {1, 4}, {2, 2}}));
}

TEST_F(CudnnTuning, LeavesTheFirstRunOut) {
    std::map<std::pair<std::string, int>, int> runs;
    fake.duration = [&](const Call& call) {
        const bool first = runs[{call.function, call.algorithm}]++ == 0;
        return call.algorithm == 2 ? (first ? 100 : 1) : 2;
    };
    EXPECT_STREQ(tuned()->algorithm(Pass::backward_filter, 0)->name, "fft");
}

TEST_F(CudnnTuning, KeepsTheOrderOfWhatIsEquallyFast) {
    time({});
    EXPECT_EQ(order(*tuned(), Pass::forward), (Names{"implicit gemm", "implicit precomp gemm", "gemm"}));
}

// A bias that cuDNN adds as it convolves costs nothing; behind other algorithms it is work of its own.
TEST_F(CudnnTuning, CountsWhatAnEpilogueTakes) {
    time({{0, 4}, {1, 5}, {2, 6}, {-1, 3}});
    const auto p = tuned();
    EXPECT_STREQ(p->algorithm(Pass::forward, 0)->name, "implicit gemm");
    EXPECT_STREQ(p->algorithm({Pass::forward, Epilogue::bias}, 0)->name, "implicit precomp gemm");
    EXPECT_STREQ(p->algorithm({Pass::forward, Epilogue::bias_and_relu}, 0)->name, "implicit gemm") << "all fuse both";
}

TEST_F(CudnnTuning, TimesWhatLeavesAnEpilogueToOthers) {
    fake.answer = [](const Call& call) {
        return call.function == "cudnnAddTensor" || call.function == "cudnnConvolutionBiasActivationForward"
                   ? api::Status::not_supported
                   : api::Status::success;
    };
    const auto p = tuned();
    for (const Epilogue epilogue : {Epilogue::bias, Epilogue::bias_and_relu}) {
        EXPECT_STREQ(p->algorithm({Pass::forward, epilogue}, 0)->name, "gemm");
        EXPECT_STREQ(p->algorithm({Pass::backward_data, epilogue}, 0)->name, "fft");
    }
}

TEST_F(CudnnTuning, LendsAsMuchWorkspaceAsAnyCandidateMayTake) {
    fake.workspaces = {{{2, 0}, 100}, {{2, 1}, 300}, {{2, 2}, std::size_t{1} << 21}};
    tune(Pass::backward_filter);
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
