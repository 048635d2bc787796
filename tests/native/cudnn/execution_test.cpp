// What cuDNN is made to compute, with what, and what happens when it will not.
#include "cudnn/fixture.hpp"

using namespace testing_support;

namespace {

using Operands = std::vector<const void*>;

void* const x = address(0x1000);
void* const w = address(0x2000);
void* const y = address(0x3000);
void* const bias = address(0x4000);
void* const stream = address(0x5000);
const cn_cuda_epilogue with_bias{bias, 1}, with_relu{bias, 0};

class CudnnExecution : public CudnnTest {
protected:
    /// cuDNN answers `status` to `function` with `algorithm`.
    void refuse(const std::string& function, int algorithm, api::Status status) {
        fake.answer = [=](const Call& call) {
            return call.function == function && call.algorithm == algorithm ? status : api::Status::success;
        };
    }

    std::vector<int> algorithms_of(const std::string& function) {
        std::vector<int> numbers;
        for (const Call& call : calls(function)) {
            numbers.push_back(call.algorithm);
        }
        return numbers;
    }
};

TEST_F(CudnnExecution, ForwardOverwrites) {
    fake.workspaces[{0, 1}] = 640;
    plan()->forward(launch(1000, stream), x, w, nothing, y);
    const Call call = last_call("cudnnConvolutionForward");
    EXPECT_EQ(call.stream, stream);
    EXPECT_EQ(call.operands, (Operands{x, w, y}));
    EXPECT_EQ(call.algorithm, 1);
    EXPECT_EQ(call.workspace, address(0x9000));
    EXPECT_EQ(call.workspace_bytes, 640u) << "the algorithm's own need, not all that there is";
    EXPECT_EQ(call.alpha, 1);
    EXPECT_EQ(call.beta, 0);
}

TEST_F(CudnnExecution, BackwardDataOverwrites) {
    plan()->backward_data(launch(0, stream), y, w, nothing, x);
    const Call call = last_call("cudnnConvolutionBackwardData");
    EXPECT_EQ(call.stream, stream);
    EXPECT_EQ(call.operands, (Operands{w, y, x}));
    EXPECT_EQ(call.alpha, 1);
    EXPECT_EQ(call.beta, 0);
    EXPECT_TRUE(calls("cudnnAddTensor").empty());
}

TEST_F(CudnnExecution, BackwardFilterAdds) {
    plan()->backward_filter(launch(0, stream), x, y, w);
    const Call call = last_call("cudnnConvolutionBackwardFilter");
    EXPECT_EQ(call.stream, stream);
    EXPECT_EQ(call.operands, (Operands{x, y, w}));
    EXPECT_EQ(call.alpha, 1);
    EXPECT_EQ(call.beta, 1);
}

TEST_F(CudnnExecution, FactorsOfFloat64AreDouble) {
    offer_all({offer(1, api::Math::standard)});
    const auto p = plan(problem_of_type(2));
    p->forward(launch(0), x, w, nothing, y);
    p->backward_data(launch(0), y, w, with_bias, x);
    p->backward_filter(launch(0), x, y, w);
    EXPECT_EQ(last_call("cudnnConvolutionForward").alpha, 1);
    EXPECT_EQ(last_call("cudnnConvolutionForward").beta, 0);
    EXPECT_EQ(last_call("cudnnConvolutionBackwardFilter").beta, 1);
    EXPECT_EQ(last_call("cudnnAddTensor").alpha, 1);
    EXPECT_EQ(last_call("cudnnAddTensor").beta, 1);
}

TEST_F(CudnnExecution, ForwardFusesTheBiasWhereCudnnCan) {
    plan()->forward(launch(0), x, w, with_bias, y);
    const Call call = last_call("cudnnConvolutionBiasActivationForward");
    EXPECT_EQ(call.operands, (Operands{x, w, y, bias, y}));
    EXPECT_EQ(call.descriptors[4], "float32 [1 4 1 1] strides [4 1 1 1]");
    EXPECT_EQ(call.descriptors[5], "identity");
    EXPECT_EQ(call.alpha, 1);
    EXPECT_EQ(call.beta, 0);
    EXPECT_TRUE(calls("cudnnConvolutionForward").empty());
    EXPECT_TRUE(calls("cudnnAddTensor").empty());
}

TEST_F(CudnnExecution, ForwardAddsTheBiasAfterOtherAlgorithms) {
    offer_all({offer(0)});
    plan()->forward(launch(0, stream), x, w, with_bias, y);
    EXPECT_TRUE(calls("cudnnConvolutionBiasActivationForward").empty());
    EXPECT_EQ(calls("cudnnConvolutionForward").size(), 1u);
    const Call call = last_call("cudnnAddTensor");
    EXPECT_EQ(call.stream, stream);
    EXPECT_EQ(call.descriptors, (std::vector<std::string>{"float32 [1 4 1 1] strides [4 1 1 1]",
                                                          "float32 [2 4 5 8] strides [160 40 8 1]"}));
    EXPECT_EQ(call.operands, (Operands{bias, y}));
    EXPECT_EQ(call.alpha, 1);
    EXPECT_EQ(call.beta, 1);
}

TEST_F(CudnnExecution, ForwardFusesBiasAndRectifierInEveryAlgorithm) {
    for (const int algorithm : {1, 0, 4}) {
        engine.release();
        fake.calls.clear();
        offer_all({offer(algorithm)});
        plan()->forward(launch(0), x, w, with_relu, y);
        const Call call = last_call("cudnnConvolutionBiasActivationForward");
        EXPECT_EQ(call.operands, (Operands{x, w, y, bias, y}));
        EXPECT_EQ(call.descriptors[5], "relu");
        EXPECT_TRUE(calls("cudnnConvolutionForward").empty());
    }
}

TEST_F(CudnnExecution, SaysThatTheRectifierAloneIsMissing) {
    answer("cudnnConvolutionBiasActivationForward", api::Status::not_supported);
    const auto p = plan();
    for (int i = 0; i < 2; ++i) {
        expect_error([&] { p->forward(launch(0), x, w, with_relu, y); }, Status::unsupported, "epilogue",
                     {"cannot add a bias and rectify"});
    }
    EXPECT_EQ(calls("cudnnConvolutionBiasActivationForward").size(), 1u);
    EXPECT_EQ(calls("cudnnConvolutionForward").size(), 2u);
    EXPECT_TRUE(calls("cudnnAddTensor").empty()) << "whoever rectifies adds the bias before";
}

TEST_F(CudnnExecution, ForwardFusesNoMoreOnceCudnnRefused) {
    for (const api::Status status : {api::Status::not_supported, api::Status::bad_parameter}) {
        engine.release();
        fake.calls.clear();
        answer("cudnnConvolutionBiasActivationForward", status);
        const auto p = plan();
        p->forward(launch(0), x, w, with_bias, y);
        p->forward(launch(0), x, w, with_bias, y);
        EXPECT_EQ(calls("cudnnConvolutionBiasActivationForward").size(), 1u);
        EXPECT_EQ(algorithms_of("cudnnConvolutionForward"), (std::vector<int>{1, 1}));
        EXPECT_EQ(calls("cudnnAddTensor").size(), 2u);
    }
}

TEST_F(CudnnExecution, FusingThatLacksMemoryIsNotRefused) {
    answer("cudnnConvolutionBiasActivationForward", api::Status::device_allocation_failed);
    const auto p = plan();
    expect_error([&] { p->forward(launch(0), x, w, with_bias, y); }, Status::out_of_memory, "", {"(4004)"});
    fake.answer = nullptr;
    p->forward(launch(0), x, w, with_bias, y);
    EXPECT_EQ(calls("cudnnConvolutionBiasActivationForward").size(), 2u);
}

TEST_F(CudnnExecution, SaysThatTheBiasAloneIsMissing) {
    offer_all({offer(0), offer(2)});
    answer("cudnnAddTensor", api::Status::not_supported);
    const auto p = plan();
    expect_error([&] { p->forward(launch(0), x, w, with_bias, y); }, Status::unsupported, "epilogue",
                 {"cannot add a bias"});
    expect_error([&] { p->backward_data(launch(0), y, w, with_bias, x); }, Status::unsupported, "epilogue");
    EXPECT_EQ(algorithms_of("cudnnConvolutionForward"), std::vector<int>{0}) << "no other algorithm mends that";
}

// Which is the forward pass of a deconvolution.
TEST_F(CudnnExecution, BackwardDataAddsABiasOfTheChannelsOfX) {
    cn_cuda_problem problem = problem_2d();
    problem.layout = CN_CUDA_CHANNELS_LAST;
    plan(problem)->backward_data(launch(0), y, w, with_bias, x);
    const Call call = last_call("cudnnAddTensor");
    EXPECT_EQ(call.descriptors, (std::vector<std::string>{"float32 [1 6 1 1] strides [6 1 6 6]",
                                                          "float32 [2 6 9 8] strides [432 1 48 6]"}));
    EXPECT_EQ(call.operands, (Operands{bias, x}));
    EXPECT_EQ(call.beta, 1);
}

TEST_F(CudnnExecution, NeverTakesMoreWorkspaceThanIsLent) {
    offer_all({offer(4), offer(5), offer(0)});
    fake.workspaces = {{{0, 4}, 5000}, {{0, 5}, 4000}, {{0, 0}, 0}};
    const auto p = plan();
    for (const std::int64_t lent : {6000, 5000, 4999, 4000, 3999, 0}) {
        p->forward(launch(lent), x, w, nothing, y);
        EXPECT_LE(last_call("cudnnConvolutionForward").workspace_bytes, static_cast<std::size_t>(lent));
    }
    EXPECT_EQ(algorithms_of("cudnnConvolutionForward"), (std::vector<int>{4, 4, 5, 5, 0, 0}));
}

TEST_F(CudnnExecution, RemembersWhatCudnnDoesNotSupportAfterAll) {
    offer_all({offer(4), offer(0)});
    refuse("cudnnConvolutionForward", 4, api::Status::not_supported);
    const auto p = plan();
    EXPECT_STREQ(p->algorithm(Pass::forward, 0)->name, "fft");
    p->forward(launch(0), x, w, nothing, y);
    p->forward(launch(0), x, w, nothing, y);
    EXPECT_EQ(algorithms_of("cudnnConvolutionForward"), (std::vector<int>{4, 0, 0}));
    EXPECT_STREQ(p->algorithm(Pass::forward, 0)->name, "implicit gemm");
}

TEST_F(CudnnExecution, TakesTheNextWhileMemoryIsShort) {
    offer_all({offer(2), offer(1)});
    refuse("cudnnConvolutionBackwardFilter", 2, api::Status::device_allocation_failed);
    const auto p = plan();
    p->backward_filter(launch(0), x, y, w);
    fake.answer = nullptr;
    p->backward_filter(launch(0), x, y, w);
    EXPECT_EQ(algorithms_of("cudnnConvolutionBackwardFilter"), (std::vector<int>{2, 1, 2}));
}

TEST_F(CudnnExecution, SaysSoWhenThereIsNoMemoryForAnyAlgorithm) {
    offer_all({offer(2), offer(1)});
    answer("cudnnConvolutionBackwardData", api::Status::device_allocation_failed);
    expect_error([&] { plan()->backward_data(launch(0), y, w, nothing, x); }, Status::out_of_memory, "",
                 {"could not run backward data by any algorithm", "fft: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION",
                  "algorithm 1: ", "(4004)", "free memory of the device"});
}

TEST_F(CudnnExecution, SaysSoWhenNothingIsSupportedAfterAll) {
    answer("cudnnConvolutionForward", api::Status::not_supported);
    const auto p = plan();
    expect_error([&] { p->forward(launch(0), x, w, nothing, y); }, Status::unsupported, "",
                 {"implicit precomp gemm: CUDNN_STATUS_NOT_SUPPORTED (3000)", "choose another engine"});
    expect_error([&] { p->forward(launch(0), x, w, nothing, y); }, Status::unsupported, "workspace_limit_bytes",
                 {"no algorithm for forward"});
}

// A filter gradient that was written in part must not be added to again.
TEST_F(CudnnExecution, StopsAtAnErrorOfTheDevice) {
    offer_all({offer(2), offer(1)});
    answer("cudnnConvolutionBackwardFilter", api::Status::execution_failed);
    expect_error([&] { plan()->backward_filter(launch(0), x, y, w); }, Status::device_error, "",
                 {"backward filter by fft", "CUDNN_STATUS_EXECUTION_FAILED (5000)", "earlier work on the device"});
    EXPECT_EQ(calls("cudnnConvolutionBackwardFilter").size(), 1u);
}

TEST_F(CudnnExecution, SaysThatAMisuseIsAFaultOfTheLibrary) {
    answer("cudnnConvolutionForward", api::Status::bad_parameter);
    expect_error([&] { plan()->forward(launch(0), x, w, nothing, y); }, Status::internal_error, "",
                 {"forward by implicit precomp gemm", "(2000)", "report it"});
}

TEST_F(CudnnExecution, SaysThatABiasCouldNotBeAdded) {
    answer("cudnnAddTensor", api::Status::execution_failed);
    expect_error([&] { plan()->backward_data(launch(0), y, w, with_bias, x); }, Status::device_error, "", {"(5000)"});
}

}  // namespace
