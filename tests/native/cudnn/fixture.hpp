// An engine over the fake cuDNN, and problems for it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engines/cudnn/engine.hpp"
#include "fake_cudnn/fake_cudnn.hpp"
#include "testing/errors.hpp"

namespace testing_support {

namespace api = convnet::cudnn::api;
using convnet::Status;
using convnet::cudnn::Pass;
using fake_cudnn::Call;

/// The state of the fake that `path` names, which stays loaded.
fake_cudnn::State& fake_state(const std::string& path);

/// 2 images of 6 channels, 9x8, to 4 channels, 5x8, by a window of 3x3: strides 2x1, one group.
cn_cuda_problem problem_2d();

/// No epilogue.
inline constexpr cn_cuda_epilogue nothing{nullptr, 1};

/// The same in another type of elements, numbered as convnet::DataType.
cn_cuda_problem problem_of_type(std::int32_t dtype);

/// A mebibyte of workspace, and nothing asked for.
cn_cudnn_limits limits();

/// An answer of cuDNN when it is asked for algorithms.
api::Performance offer(int algorithm, api::Math math = api::Math::fma,
                       api::Determinism determinism = api::Determinism::deterministic,
                       api::Status status = api::Status::success);

/// Lends memory for autotuning up to a limit, and counts what comes back.
struct Lender {
    std::int64_t limit_bytes = std::int64_t{1} << 30;
    std::vector<std::int64_t> lent{};
    std::int64_t out_bytes = 0;

    /// Of addresses that are nowhere: 0x100, 0x200 and so on.
    cn_cuda_allocator allocator();
};

/// The fake and an engine over it. Whatever a test does, no object of cuDNN is left after it.
class CudnnTest : public testing::Test {
protected:
    CudnnTest();
    void TearDown() override;

    std::shared_ptr<const convnet::cudnn::Plan> plan(const cn_cuda_problem& problem = problem_2d(),
                                                     const cn_cudnn_limits& within = limits()) {
        return engine.plan(problem, within);
    }

    /// A plan of which every work is autotuned.
    std::shared_ptr<const convnet::cudnn::Plan> tuned(const cn_cuda_problem& problem, cn_cudnn_limits within);

    /// How long each algorithm takes from now on; -1 for the adding of a bias, and 1 millisecond for what is not there.
    void time(const std::map<int, double>& milliseconds);

    /// The algorithms that cuDNN offers for every pass, best first.
    void offer_all(const std::vector<api::Performance>& offers) { fake.guesses = {offers, offers, offers}; }

    /// What `function` answers from now on.
    void answer(const std::string& function, api::Status status);

    /// The calls of a function, in order.
    std::vector<Call> calls(const std::string& function);
    Call last_call(const std::string& function);

    /// Names of the algorithms that a plan takes as workspace gets short, best first.
    static std::vector<std::string> taken(const convnet::cudnn::Plan& plan, convnet::cudnn::Work work);

    fake_cudnn::State& fake;
    const convnet::cudnn::Search found;
    convnet::cudnn::Engine engine;
    Lender lender;
};

/// Memory that is nowhere: the fake never touches it.
inline void* address(std::uintptr_t value) { return reinterpret_cast<void*>(value); }

inline cn_cudnn_launch launch(std::int64_t workspace_bytes, void* stream = nullptr) {
    return {stream, address(0x9000), workspace_bytes, nullptr};
}

}  // namespace testing_support
