// Which of the algorithms that cuDNN offers are taken, and what is said when none is.
#include "cudnn/fixture.hpp"

using namespace testing_support;

namespace {

using Names = std::vector<std::string>;

class CudnnSelection : public CudnnTest {
protected:
    void workspace(int algorithm, std::size_t bytes) {
        for (int pass = 0; pass < CN_CUDA_PASSES; ++pass) {
            fake.workspaces[{pass, algorithm}] = bytes;
        }
    }

    /// The algorithms of each pass that are taken out of all that cuDNN has. Each needs a byte less than the one before.
    Names taken_of_all(Pass pass, const cn_cuda_problem& problem, const cn_cudnn_limits& within,
                       api::Math math = api::Math::fma) {
        std::vector<api::Performance> offers;
        for (int algorithm = 0; algorithm < 8; ++algorithm) {
            offers.push_back(offer(algorithm, math));
            workspace(algorithm, static_cast<std::size_t>(100 - algorithm));
        }
        offer_all(offers);
        return taken(*plan(problem, within), pass);
    }

    void expect_refused(const std::vector<std::string_view>& parts, const cn_cudnn_limits& within = limits(),
                        const cn_cuda_problem& problem = problem_2d()) {
        const std::string reason = engine.reason_against(problem, within);
        for (const std::string_view part : parts) {
            EXPECT_NE(reason.find(part), std::string::npos) << "no \"" << part << "\" in: " << reason;
        }
        expect_error([&] { plan(problem, within); }, Status::unsupported, "engine", parts);
    }
};

TEST_F(CudnnSelection, FollowsTheOrderOfTheHeuristics) {
    offer_all({offer(0), offer(1)});
    const auto p = plan();
    EXPECT_STREQ(p->algorithm(Pass::forward, 0)->name, "implicit gemm");
    EXPECT_STREQ(p->algorithm(Pass::backward_data, 0)->name, "algorithm 0");
    EXPECT_STREQ(p->algorithm(Pass::backward_filter, 0)->name, "algorithm 0");
}

TEST_F(CudnnSelection, NamesEveryAlgorithm) {
    EXPECT_EQ(taken_of_all(Pass::forward, problem_2d(), limits()),
              (Names{"implicit gemm", "implicit precomp gemm", "gemm", "direct", "fft", "fft tiling", "winograd",
                     "winograd nonfused"}));
    EXPECT_EQ(taken_of_all(Pass::backward_data, problem_2d(), limits()),
              (Names{"algorithm 0", "algorithm 1", "fft", "fft tiling", "winograd", "winograd nonfused"}));
    EXPECT_EQ(
        taken_of_all(Pass::backward_filter, problem_2d(), limits()),
        (Names{"algorithm 0", "algorithm 1", "fft", "algorithm 3", "winograd", "winograd nonfused", "fft tiling"}));
}

TEST_F(CudnnSelection, ObeysTheWorkspaceLimit) {
    offer_all({offer(4), offer(1)});
    workspace(4, 1001);
    workspace(1, 1000);
    cn_cudnn_limits within = limits();
    within.workspace_limit_bytes = 1000;
    EXPECT_EQ(taken(*plan(problem_2d(), within), Pass::forward), Names{"implicit precomp gemm"});
    within.workspace_limit_bytes = 999;
    expect_refused({"cuDNN 9.1.0 has no algorithm for forward", "fft: needs 1001 bytes", "the limit is 999"}, within);
}

TEST_F(CudnnSelection, TakesTheNextThatFitsWhenWorkspaceIsShort) {
    offer_all({offer(4), offer(0), offer(1)});
    workspace(4, 500);
    workspace(0, 200);
    workspace(1, 300);
    const auto p = plan();
    EXPECT_STREQ(p->algorithm(Pass::forward, 500)->name, "fft");
    EXPECT_STREQ(p->algorithm(Pass::forward, 499)->name, "implicit gemm");
    EXPECT_EQ(p->algorithm(Pass::forward, 499)->workspace_bytes, 200);
    expect_error([&] { p->algorithm(Pass::forward, 199); }, Status::unsupported, "workspace_limit_bytes",
                 {"no algorithm for forward", "199 bytes"});
}

TEST_F(CudnnSelection, WhenDeterministicExcludesWhatIsKnownNotToBe) {
    cn_cudnn_limits within = limits();
    within.deterministic = 1;
    EXPECT_EQ(taken_of_all(Pass::forward, problem_2d(), within).size(), 8u);
    EXPECT_EQ(taken_of_all(Pass::backward_data, problem_2d(), within),
              (Names{"algorithm 1", "fft", "fft tiling", "winograd", "winograd nonfused"}));
    EXPECT_EQ(taken_of_all(Pass::backward_filter, problem_2d(), within),
              (Names{"algorithm 1", "fft", "winograd", "winograd nonfused", "fft tiling"}));
}

TEST_F(CudnnSelection, WhenDeterministicExcludesWhatCudnnSaysIsNot) {
    offer_all({offer(1, api::Math::fma, api::Determinism::none), offer(2)});
    cn_cudnn_limits within = limits();
    within.deterministic = 1;
    EXPECT_STREQ(plan(problem_2d(), within)->algorithm(Pass::forward, 0)->name, "gemm");
    offer_all({offer(1, api::Math::fma, api::Determinism::none)});
    within.workspace_limit_bytes = 5;
    expect_refused({"implicit precomp gemm: not deterministic"}, within);
}

TEST_F(CudnnSelection, WhenStrictTakesPlainSumsOnly) {
    cn_cuda_problem p = problem_2d();
    p.strict = 1;
    EXPECT_EQ(taken_of_all(Pass::forward, p, limits()),
              (Names{"implicit gemm", "implicit precomp gemm", "gemm", "direct"}));
    EXPECT_EQ(taken_of_all(Pass::backward_data, p, limits()), (Names{"algorithm 0", "algorithm 1"}));
    EXPECT_EQ(taken_of_all(Pass::backward_filter, p, limits()), (Names{"algorithm 0", "algorithm 1", "algorithm 3"}));
}

TEST_F(CudnnSelection, RefusesToRoundFloat32ByDefault) {
    offer_all({offer(0, api::Math::tensor_op), offer(1, api::Math::standard)});
    const auto p = plan();
    EXPECT_EQ(taken(*p, Pass::forward), Names{"implicit precomp gemm"});
    p->forward(launch(0), nullptr, nullptr, nothing, nullptr);
    EXPECT_NE(last_call("cudnnConvolutionForward").descriptors[2].find("fma math"), std::string::npos);
    EXPECT_NE(last_call("cudnnGetConvolutionForwardAlgorithm_v7").descriptors[2].find("fma math"), std::string::npos);
}

TEST_F(CudnnSelection, RoundsFloat32ToTf32WhenAllowed) {
    offer_all({offer(0, api::Math::tensor_op), offer(1, api::Math::standard)});
    cn_cudnn_limits within = limits();
    within.tf32 = 1;
    const auto p = plan(problem_2d(), within);
    p->forward(launch(0), nullptr, nullptr, nothing, nullptr);
    EXPECT_NE(last_call("cudnnGetConvolutionForwardAlgorithm_v7").descriptors[2].find("standard math"),
              std::string::npos);
    const Call call = last_call("cudnnConvolutionForward");
    EXPECT_EQ(call.algorithm, 0);
    EXPECT_NE(call.descriptors[2].find("tensor op math"), std::string::npos);
}

TEST_F(CudnnSelection, NeverRoundsWhatIsStrict) {
    offer_all({offer(0, api::Math::tensor_op), offer(1)});
    cn_cudnn_limits within = limits();
    within.tf32 = 1;
    cn_cuda_problem p = problem_2d();
    p.strict = 1;
    EXPECT_EQ(taken(*plan(p, within), Pass::forward), Names{"implicit precomp gemm"});
}

TEST_F(CudnnSelection, NeverConvertsToAnotherType) {
    offer_all({offer(0, api::Math::tensor_op_allow_conversion)});
    cn_cudnn_limits within = limits();
    within.tf32 = 1;
    expect_refused({"implicit gemm: rounds to a type of less accuracy"}, within);
}

TEST_F(CudnnSelection, SkipsWhatCudnnSaysCannotRun) {
    offer_all({offer(0, api::Math::fma, api::Determinism::deterministic, api::Status::not_supported), offer(1)});
    EXPECT_EQ(taken(*plan(), Pass::forward), Names{"implicit precomp gemm"});
}

TEST_F(CudnnSelection, SkipsWhatItDoesNotKnow) {
    offer_all({offer(77), offer(-1), offer(1)});
    EXPECT_EQ(taken(*plan(), Pass::forward), Names{"implicit precomp gemm"});
    offer_all({offer(77)});
    cn_cudnn_limits within = limits();
    within.workspace_limit_bytes = 7;
    expect_refused({"unknown: ConvNet does not know algorithm 77"}, within);
}

TEST_F(CudnnSelection, SkipsWhatHasNoWorkspaceSize) {
    offer_all({offer(0), offer(1)});
    fake.answer = [](const Call& call) {
        return call.function == "cudnnGetConvolutionForwardWorkspaceSize" && call.algorithm == 0
                   ? api::Status::not_supported
                   : api::Status::success;
    };
    EXPECT_STREQ(plan()->algorithm(Pass::forward, 0)->name, "implicit precomp gemm");
}

TEST_F(CudnnSelection, TakesOnceWhatIsOfferedTwice) {
    offer_all({offer(1, api::Math::fma), offer(1, api::Math::standard)});
    const auto p = plan();
    fake.answer = [](const Call& call) {
        return call.function == "cudnnConvolutionForward" ? api::Status::not_supported : api::Status::success;
    };
    EXPECT_THROW(p->forward(launch(0), nullptr, nullptr, nothing, nullptr), convnet::Error);
    EXPECT_EQ(calls("cudnnConvolutionForward").size(), 1u);
}

TEST_F(CudnnSelection, SaysWhichPassHasNoAlgorithm) {
    fake.guesses[2] = {};
    expect_refused({"no algorithm for backward filter", "it offers none", "choose another engine"});
}

TEST_F(CudnnSelection, SaysWhyTheHeuristicsFailed) {
    answer("cudnnGetConvolutionBackwardDataAlgorithm_v7", api::Status::not_supported);
    const std::string reason = engine.reason_against(problem_2d(), limits());
    EXPECT_NE(reason.find("choosing an algorithm for backward data: CUDNN_STATUS_NOT_SUPPORTED (3000)"),
              std::string::npos)
        << reason;
}

TEST_F(CudnnSelection, DeclinesAxesThatCudnnDoesNotHave) {
    for (const int axes : {0, 4, 8}) {
        cn_cuda_problem p = problem_2d();
        p.spatial_axes = axes;
        for (int axis = 2; axis < axes; ++axis) {
            p.in[axis] = p.out[axis] = p.kernel[axis] = p.stride[axis] = p.dilation[axis] = 1;
        }
        expect_refused({"one to three spatial axes, not " + std::to_string(axes)}, limits(), p);
    }
    EXPECT_TRUE(fake.calls.empty()) << "cuDNN was asked in vain";
}

TEST_F(CudnnSelection, DeclinesTensorsThatCudnnCannotCount) {
    cn_cuda_problem p = problem_2d();
    p.batch = std::int64_t{1} << 31;
    expect_refused({"elements; cuDNN takes at most 2147483647"}, limits(), p);
    p = problem_2d();
    p.stride[0] = std::int64_t{1} << 31;
    expect_refused({"a stride, pad or dilation is larger than 2147483647"}, limits(), p);
}

TEST_F(CudnnSelection, AcceptsWhatCudnnCanDo) { EXPECT_EQ(engine.reason_against(problem_2d(), limits()), ""); }

}  // namespace
