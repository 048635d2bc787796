// The graph API: taken where it was measured to be faster, within the same limits, and gone without where it fails.
#include <set>
#include <thread>

#include "cudnn/fixture.hpp"

using namespace testing_support;
using convnet::cudnn::Epilogue;
using convnet::cudnn::Work;
using fake_cudnn::graph_engine;
using fake_cudnn::GraphEngine;

namespace {

using Names = std::vector<std::string>;
using Operands = std::vector<const void*>;

constexpr const char* execute = "cudnnBackendExecute";

void* const x = address(0x1000);
void* const w = address(0x2000);
void* const y = address(0x3000);
void* const bias = address(0x4000);
void* const stream = address(0x5000);
const cn_cuda_epilogue with_bias{bias, 1}, with_relu{bias, 0};

class CudnnGraph : public CudnnTest {
protected:
    CudnnGraph() {
        fake.graph_engines = {{8}, {7}};
        time({{1, 10}, {graph_engine(7), 5}, {graph_engine(8), 20}});
    }

    std::shared_ptr<const convnet::cudnn::Plan> tuned(const cn_cuda_problem& problem = problem_2d()) {
        return CudnnTest::tuned(problem, within);
    }

    std::string best(const convnet::cudnn::Plan& plan, Work work = Pass::forward) {
        return plan.algorithm(work, std::int64_t{1} << 40)->name;
    }

    /// A function of the graph API fails for one kind of descriptor.
    void refuse(const std::string& function, const std::string& kind, api::Status status) {
        fake.answer = [=](const Call& call) {
            return call.function == function && call.descriptors == Names{kind} ? status : api::Status::success;
        };
    }

    cn_cudnn_limits within = limits();
};

// --- which is taken ---

TEST_F(CudnnGraph, IsTakenWhereItIsFaster) {
    const auto p = tuned();
    EXPECT_EQ(best(*p), "graph engine 7");
    EXPECT_EQ(best(*p, {Pass::forward, Epilogue::bias}), "graph engine 7");
    EXPECT_EQ(best(*p, {Pass::forward, Epilogue::bias_and_relu}), "graph engine 7");
    EXPECT_EQ(best(*p, Pass::backward_data), "graph engine 7");
    EXPECT_EQ(best(*p, {Pass::backward_data, Epilogue::bias_and_relu}), "graph engine 7");
    EXPECT_EQ(best(*p, Pass::backward_filter), "graph engine 7");
}

TEST_F(CudnnGraph, IsNotTakenWhereItIsSlower) {
    time({{1, 4}, {graph_engine(7), 5}, {graph_engine(8), 20}});
    EXPECT_EQ(best(*tuned()), "implicit precomp gemm");
}

TEST_F(CudnnGraph, IsNotTakenWhereItIsNotFaster) {
    time({});
    EXPECT_EQ(best(*tuned()), "implicit precomp gemm");
}

// What an epilogue takes behind an algorithm, a graph does as it convolves.
TEST_F(CudnnGraph, IsTakenWhereItsEpilogueMakesItFaster) {
    offer_all({offer(0)});
    time({{0, 4}, {-1, 2}, {graph_engine(7), 5}, {graph_engine(8), 20}});
    const auto p = tuned();
    EXPECT_EQ(best(*p), "implicit gemm");
    EXPECT_EQ(best(*p, {Pass::forward, Epilogue::bias}), "graph engine 7");
    EXPECT_EQ(best(*p, {Pass::backward_data, Epilogue::bias_and_relu}), "graph engine 7");
}

TEST_F(CudnnGraph, IsNotAskedWithoutAutotuning) {
    EXPECT_EQ(best(*plan()), "implicit precomp gemm");
    EXPECT_TRUE(calls("cudnnBackendCreateDescriptor").empty());
}

TEST(CudnnWithoutGraph, HasTheAlgorithmsAlone) {
    fake_cudnn::State& fake = fake_state(FAKE_CUDNN_GRAPHLESS);
    fake.guesses = {{{offer(1)}, {offer(1)}, {offer(1)}}};
    const auto found = convnet::cudnn::find_library(FAKE_CUDNN_GRAPHLESS);
    ASSERT_NE(found.library, nullptr) << found.why;
    convnet::cudnn::Engine engine(*found.library);
    cn_cudnn_limits within = limits();
    within.autotune = 1;
    Lender lender;
    const auto plan = engine.plan(problem_2d(), within);
    plan->tune(Pass::forward, lender.allocator(), nullptr);
    EXPECT_STREQ(plan->algorithm(Pass::forward, 0)->name, "implicit precomp gemm");
    plan->forward(launch(0), x, w, with_bias, y);
}

TEST_F(CudnnGraph, TriesTheBestOfTheHeuristicsOnly) {
    fake.graph_engines = {{1}, {2}, {3}, {4}, {5}, {6}};
    fake.duration = [](const Call& call) { return call.algorithm == graph_engine(5) ? 1 : 20 - call.algorithm % 1000; };
    EXPECT_EQ(best(*tuned()), "graph engine 4");
}

TEST_F(CudnnGraph, FallsBackWhereTheBestCannot) {
    fake.graph_engines = {{7, {4}}};
    fake.fallback_engines = {{9}};
    time({{1, 10}});
    EXPECT_EQ(best(*tuned()), "graph engine 7");
    within.deterministic = 1;
    EXPECT_EQ(best(*tuned()), "graph engine 9");
}

// --- limits ---

struct NoteCase {
    const char* name;
    int note;
    std::int32_t dtype;
    bool tf32, deterministic, strict, allowed;
};

void PrintTo(const NoteCase& note, std::ostream* out) { *out << note.name; }

class CudnnGraphNotes : public CudnnGraph, public testing::WithParamInterface<NoteCase> {};

TEST_P(CudnnGraphNotes, AreObeyed) {
    const NoteCase& c = GetParam();
    fake.graph_engines = {{7, {9, c.note}}};
    offer_all({offer(1, api::Math::standard)});
    within.tf32 = c.tf32 ? 1 : 0;
    within.deterministic = c.deterministic ? 1 : 0;
    cn_cuda_problem problem = problem_of_type(c.dtype);
    problem.strict = c.strict ? 1 : 0;
    EXPECT_EQ(best(*tuned(problem)), c.allowed ? "graph engine 7" : "implicit precomp gemm");
}

// Types are numbered as convnet::DataType: float32, float64, float16, bfloat16 from 1 on.
INSTANTIATE_TEST_SUITE_P(All, CudnnGraphNotes,
                         testing::Values(NoteCase{"float32_without_tf32", 0, 1, false, false, false, false},
                                         NoteCase{"float32_with_tf32", 0, 1, true, false, false, true},
                                         NoteCase{"strict_float32_with_tf32", 0, 1, true, false, true, false},
                                         NoteCase{"tensor_cores_of_float64", 0, 2, false, false, true, true},
                                         NoteCase{"tensor_cores_of_float16", 0, 3, false, false, true, true},
                                         NoteCase{"tensor_cores_of_bfloat16", 0, 4, false, false, false, true},
                                         NoteCase{"down_converting", 1, 1, true, false, false, false},
                                         NoteCase{"down_converting_float16", 1, 3, true, false, false, false},
                                         NoteCase{"sums_of_less_precision", 2, 3, true, false, false, false},
                                         NoteCase{"fft", 3, 1, false, false, false, true},
                                         NoteCase{"strict_fft", 3, 1, false, false, true, false},
                                         NoteCase{"nondeterministic", 4, 1, false, false, false, true},
                                         NoteCase{"nondeterministic_where_forbidden", 4, 1, false, true, false, false},
                                         NoteCase{"winograd", 5, 1, false, true, false, true},
                                         NoteCase{"strict_winograd", 5, 1, false, false, true, false},
                                         NoteCase{"strict_winograd_4x4", 6, 1, false, false, true, false},
                                         NoteCase{"strict_winograd_6x6", 7, 1, false, false, true, false},
                                         NoteCase{"strict_winograd_13x13", 8, 1, false, false, true, false},
                                         NoteCase{"nan_propagation", 9, 1, false, true, true, true},
                                         NoteCase{"of_a_later_release", 10, 1, true, false, false, false}),
                         testing::PrintToStringParamName());

TEST_F(CudnnGraph, ObeysTheWorkspaceLimit) {
    for (int pass = 0; pass < CN_CUDA_PASSES; ++pass) {
        fake.workspaces[{pass, graph_engine(7)}] = 1000;
    }
    within.workspace_limit_bytes = 1000;
    EXPECT_EQ(best(*tuned()), "graph engine 7");
    within.workspace_limit_bytes = 999;
    EXPECT_EQ(best(*tuned()), "implicit precomp gemm");
}

TEST_F(CudnnGraph, LeavesItsPlaceWhenWorkspaceIsShort) {
    fake.workspaces[{0, graph_engine(7)}] = 1000;
    const auto p = tuned();
    EXPECT_EQ(p->algorithm(Pass::forward, 1000)->workspace_bytes, 1000);
    EXPECT_STREQ(p->algorithm(Pass::forward, 999)->name, "implicit precomp gemm");
    p->forward(launch(999), x, w, nothing, y);
    EXPECT_EQ(last_call("cudnnConvolutionForward").operands, (Operands{x, w, y}));
}

TEST_F(CudnnGraph, IsNotTimedWithoutMemoryForItsWorkspace) {
    fake.workspaces[{0, graph_engine(7)}] = 100'000;
    lender.limit_bytes = 50'000;
    EXPECT_EQ(best(*tuned()), "implicit precomp gemm");
}

// --- what it is told and given ---

TEST_F(CudnnGraph, DescribesForward) {
    tuned()->forward(launch(0), x, w, with_relu, y);
    EXPECT_EQ(last_call(execute).descriptors,
              (Names{"forward x float32 [2 6 9 8] strides [432 72 8 1] w float32 [4 6 3 3] strides [54 9 3 1] "
                     "y virtual float32 [2 4 5 8] strides [160 40 8 1] "
                     "cross-correlation pad [1 1] stride [2 1] dilation [1 1] in float32 groups 1 standard math beta 0",
                     "add float32 [1 4 1 1] strides [4 1 1 1] to virtual float32 [2 4 5 8] strides [160 40 8 1]",
                     "relu to float32 [2 4 5 8] strides [160 40 8 1]"}));
}

TEST_F(CudnnGraph, DescribesBackwardDataOfHalvesWithChannelsLast) {
    cn_cuda_problem p = problem_of_type(3);
    p.layout = CN_CUDA_CHANNELS_LAST;
    p.groups = 2;
    offer_all({offer(1, api::Math::tensor_op)});
    tuned(p)->backward_data(launch(0), y, w, with_bias, x);
    EXPECT_EQ(last_call(execute).descriptors,
              (Names{"backward data x virtual float32 [2 6 9 8] strides [432 1 48 6] "
                     "w float16 [4 3 3 3] strides [27 1 9 3] y float16 [2 4 5 8] strides [160 1 32 4] "
                     "cross-correlation pad [1 1] stride [2 1] dilation [1 1] in float32 groups 2 standard math beta 0",
                     "add float16 [1 6 1 1] strides [6 1 6 6] to float16 [2 6 9 8] strides [432 1 48 6]"}));
}

TEST_F(CudnnGraph, DescribesBackwardFilterOfOneAxis) {
    cn_cuda_problem p = problem_of_type(2);
    p.spatial_axes = 1;
    offer_all({offer(1, api::Math::standard)});
    const Names expected{
        "backward filter x float64 [2 6 1 9] strides [54 9 9 1] w float64 [4 6 1 3] strides [18 3 3 1] "
        "y float64 [2 4 1 5] strides [20 5 5 1] "
        "cross-correlation pad [0 1] stride [1 2] dilation [1 1] in float64 groups 1 standard math beta "};
    for (const std::int32_t overwrite : {0, 1}) {
        within.overwrite_filter = overwrite;
        tuned(p)->backward_filter(launch(0), x, y, w);
        EXPECT_EQ(last_call(execute).descriptors, Names{expected[0] + (overwrite != 0 ? "0" : "1")});
    }
}

TEST_F(CudnnGraph, RunsOnTheStreamAndInTheWorkspaceOfALaunch) {
    const auto p = tuned();
    const char* name = nullptr;
    cn_cudnn_launch on = launch(100, stream);
    on.algorithm = &name;
    p->forward(on, x, w, with_bias, y);
    const Call call = last_call(execute);
    EXPECT_STREQ(name, "graph engine 7");
    EXPECT_EQ(call.stream, stream);
    EXPECT_EQ(call.workspace, on.workspace);
    EXPECT_EQ(call.operands, (Operands{x, w, y, bias}));
    p->backward_data(on, y, w, nothing, x);
    EXPECT_EQ(last_call(execute).operands, (Operands{w, y, x}));
    p->backward_filter(on, x, y, w);
    EXPECT_EQ(last_call(execute).operands, (Operands{x, y, w}));
    EXPECT_TRUE(calls("cudnnAddTensor").size() > 0) << "timed, but not run";
}

TEST_F(CudnnGraph, RectifiesWhatADeconvolutionWrites) {
    const auto p = tuned();
    EXPECT_NO_THROW(p->backward_data(launch(0), y, w, with_relu, x));
    EXPECT_EQ(last_call(execute).operands, (Operands{w, y, x, bias}));
}

TEST_F(CudnnGraph, IsForAlignedOperandsOnly) {
    const auto p = tuned();
    EXPECT_STREQ(p->algorithm(Pass::forward, 0, false)->name, "implicit precomp gemm");
    fake.calls.clear();
    for (int operand = 0; operand < 4; ++operand) {
        const auto at = [&](int index, std::uintptr_t place) { return address(place + (index == operand ? 4u : 0u)); };
        p->forward(launch(0), at(0, 0x1000), at(1, 0x2000), {at(2, 0x4000), 1}, at(3, 0x3000));
    }
    EXPECT_TRUE(calls(execute).empty());
    p->forward(launch(0), x, w, with_bias, y);
    EXPECT_EQ(calls(execute).size(), 1u);
}

TEST_F(CudnnGraph, IsUsedByOneThreadAtATime) {
    const auto p = tuned();
    fake.slow = true;
    fake.overlaps = 0;
    std::vector<std::thread> threads;
    for (std::uintptr_t i = 0; i < 4; ++i) {
        threads.emplace_back([&p, i] {
            for (int repeat = 0; repeat < 5; ++repeat) {
                p->forward(launch(0, address(0x10 + i)), x, w, nothing, y);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(fake.overlaps, 0);
}

// --- what fails ---

TEST_F(CudnnGraph, IsGoneWithoutWhereCudnnRefusesIt) {
    for (const char* const kind : {"tensor", "convolution", "forward", "operation graph", "heuristics"}) {
        for (const api::Status status :
             {api::Status::not_supported, api::Status::bad_parameter, api::Status::host_allocation_failed}) {
            refuse("cudnnBackendFinalize", kind, status);
            EXPECT_EQ(best(*tuned()), "implicit precomp gemm") << kind;
            engine.release();
        }
    }
}

TEST_F(CudnnGraph, IsGoneWithoutWhereCudnnCannotFuse) {
    refuse("cudnnBackendFinalize", "pointwise operation", api::Status::not_supported);
    const auto p = tuned();
    EXPECT_EQ(best(*p), "graph engine 7");
    EXPECT_EQ(best(*p, {Pass::forward, Epilogue::bias}), "implicit precomp gemm");
}

TEST_F(CudnnGraph, LeavesOutEnginesThatCannotBePlanned) {
    for (const api::Status status : {api::Status::not_supported, api::Status::device_allocation_failed}) {
        fake.answer = [=](const Call& call) {
            return call.function == "cudnnBackendFinalize" && call.algorithm == graph_engine(7) ? status
                                                                                                : api::Status::success;
        };
        time({{1, 30}, {graph_engine(7), 5}, {graph_engine(8), 20}});
        EXPECT_EQ(best(*tuned()), "graph engine 8");
        engine.release();
    }
}

TEST_F(CudnnGraph, IsRememberedToBeRefusedWhenItRuns) {
    const auto p = tuned();
    answer(execute, api::Status::not_supported);
    p->forward(launch(0), x, w, nothing, y);
    fake.calls.clear();
    p->forward(launch(0), x, w, nothing, y);
    EXPECT_TRUE(calls(execute).empty());
    EXPECT_EQ(calls("cudnnConvolutionForward").size(), 1u);
    EXPECT_EQ(best(*p), "implicit precomp gemm");
    EXPECT_EQ(best(*p, Pass::backward_filter), "graph engine 7");
}

TEST_F(CudnnGraph, IsLeftOutWhileMemoryIsShort) {
    const auto p = tuned();
    answer(execute, api::Status::device_allocation_failed);
    p->forward(launch(0), x, w, with_bias, y);
    EXPECT_EQ(last_call("cudnnConvolutionBiasActivationForward").operands, (Operands{x, w, y, bias, y}));
    fake.answer = nullptr;
    fake.calls.clear();
    p->forward(launch(0), x, w, with_bias, y);
    EXPECT_EQ(calls(execute).size(), 1u);
}

TEST_F(CudnnGraph, StopsAtAnErrorOfTheDevice) {
    const auto p = tuned();
    answer(execute, api::Status::execution_failed);
    fake.calls.clear();
    expect_error([&] { p->backward_filter(launch(0), x, y, w); }, Status::device_error, "",
                 {"backward filter by graph engine 7", "CUDNN_STATUS_EXECUTION_FAILED (5000)"});
    EXPECT_TRUE(calls("cudnnConvolutionBackwardFilter").empty());
}

TEST_F(CudnnGraph, IsLeftOutWhenItsOperandsCannotBeSaid) {
    const auto p = tuned();
    for (const char* const function :
         {"cudnnBackendCreateDescriptor", "cudnnBackendSetAttribute", "cudnnBackendFinalize"}) {
        refuse(function, "variant pack", api::Status::host_allocation_failed);
        fake.calls.clear();
        p->forward(launch(0), x, w, nothing, y);
        EXPECT_TRUE(calls(execute).empty());
        EXPECT_EQ(calls("cudnnConvolutionForward").size(), 1u) << function;
    }
}

// Every call of the graph API fails in turn; there is always a plan, and TearDown sees whether a descriptor is left.
TEST_F(CudnnGraph, LeavesNothingBehindWhateverFails) {
    tuned();
    const std::size_t calls_of_planning = fake.calls.size();
    std::set<std::string> failed;
    for (std::size_t failing = 0; failing < calls_of_planning; ++failing) {
        engine.release();
        fake.calls.clear();
        fake.answer = [&](const Call& call) {
            const bool fails = fake.calls.size() == failing + 1 && call.function.rfind("cudnnBackend", 0) == 0;
            if (fails) {
                failed.insert(call.function);
            }
            return fails ? api::Status::internal_error : api::Status::success;
        };
        EXPECT_NO_THROW(tuned()) << "call " << failing;
        engine.release();
        EXPECT_EQ(fake.live["graph descriptor"], 0) << "after call " << failing << " failed";
    }
    EXPECT_EQ(failed.size(), 5u) << "all functions but that which destroys";
}

}  // namespace
