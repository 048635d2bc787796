#include "cudnn/fixture.hpp"

#include "plugin/dynamic_library.hpp"
#include "plugin/stopwatch.hpp"

// Time is the fake's.
namespace convnet::plugin {

struct Stopwatch::Marks {
    double started = 0;
};

Stopwatch::Stopwatch(cn_cuda_stream) : marks_(std::make_unique<Marks>()) {}
Stopwatch::~Stopwatch() = default;
void Stopwatch::start() { marks_->started = testing_support::fake_state(FAKE_CUDNN).clock; }
double Stopwatch::stop() { return testing_support::fake_state(FAKE_CUDNN).clock - marks_->started; }

}  // namespace convnet::plugin

namespace testing_support {

using convnet::cudnn::Epilogue;

fake_cudnn::State& fake_state(const std::string& path) {
    static std::vector<convnet::DynamicLibrary> loaded;
    std::string why;
    convnet::DynamicLibrary library(path, why);
    auto* const get_state = reinterpret_cast<fake_cudnn::GetState*>(library.symbol(fake_cudnn::get_state_name));
    loaded.push_back(std::move(library));
    return *get_state();
}

cn_cuda_problem problem_2d() {
    cn_cuda_problem p{};
    p.dtype = 1;
    p.layout = CN_CUDA_CHANNELS_FIRST;
    p.spatial_axes = 2;
    p.batch = 2;
    p.in_channels = 6;
    p.out_channels = 4;
    p.groups = 1;
    const auto set = [](std::int64_t* values, std::int64_t height, std::int64_t width) {
        values[0] = height;
        values[1] = width;
    };
    set(p.in, 9, 8);
    set(p.out, 5, 8);
    set(p.kernel, 3, 3);
    set(p.stride, 2, 1);
    set(p.pad, 1, 1);
    set(p.dilation, 1, 1);
    return p;
}

cn_cuda_problem problem_of_type(std::int32_t dtype) {
    cn_cuda_problem problem = problem_2d();
    problem.dtype = dtype;
    return problem;
}

cn_cudnn_limits limits() {
    cn_cudnn_limits within{};
    within.workspace_limit_bytes = 1 << 20;
    return within;
}

api::Performance offer(int algorithm, api::Math math, api::Determinism determinism, api::Status status) {
    return {algorithm, status, 0, 0, determinism, math, {}};
}

cn_cuda_allocator Lender::allocator() {
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

CudnnTest::CudnnTest()
    : fake(fake_state(FAKE_CUDNN)), found(convnet::cudnn::find_library(FAKE_CUDNN)), engine(*found.library) {
    fake.answer = nullptr;
    fake.workspaces.clear();
    fake.graph_engines.clear();
    fake.fallback_engines.clear();
    fake.duration = nullptr;
    fake.last_error.clear();
    fake.slow = false;
    fake.memory = nullptr;
    fake.calls.clear();
    fake.overlaps = 0;
    offer_all({offer(1)});
}

void CudnnTest::TearDown() {
    engine.release();
    for (const auto& [kind, count] : fake.live) {
        EXPECT_EQ(count, 0) << kind << "s were left";
    }
}

void CudnnTest::answer(const std::string& function, api::Status status) {
    fake.answer = [=](const Call& call) { return call.function == function ? status : api::Status::success; };
}

std::vector<Call> CudnnTest::calls(const std::string& function) {
    std::vector<Call> found_calls;
    for (const Call& call : fake.calls) {
        if (call.function == function) {
            found_calls.push_back(call);
        }
    }
    return found_calls;
}

Call CudnnTest::last_call(const std::string& function) {
    const auto all = calls(function);
    EXPECT_FALSE(all.empty()) << "nobody called " << function;
    return all.empty() ? Call{} : all.back();
}

std::shared_ptr<const convnet::cudnn::Plan> CudnnTest::tuned(const cn_cuda_problem& problem, cn_cudnn_limits within) {
    within.autotune = 1;
    const cn_cuda_allocator allocator = lender.allocator();
    auto result = engine.plan(problem, within);
    for (const Pass pass : {Pass::forward, Pass::backward_data}) {
        for (const Epilogue epilogue : {Epilogue::none, Epilogue::bias, Epilogue::bias_and_relu}) {
            result->tune({pass, epilogue}, allocator, nullptr);
        }
    }
    result->tune(Pass::backward_filter, allocator, nullptr);
    EXPECT_EQ(lender.out_bytes, 0) << "memory was not given back";
    return result;
}

void CudnnTest::time(const std::map<int, double>& milliseconds) {
    fake.duration = [=](const Call& call) {
        const auto known = milliseconds.find(call.algorithm);
        return known != milliseconds.end() ? known->second : 1;
    };
}

std::vector<std::string> CudnnTest::taken(const convnet::cudnn::Plan& plan, convnet::cudnn::Work work) {
    std::vector<std::string> names;
    std::int64_t bytes = std::int64_t{1} << 40;
    try {
        for (;;) {
            const auto algorithm = plan.algorithm(work, bytes);
            names.push_back(algorithm->name);
            bytes = algorithm->workspace_bytes - 1;
        }
    } catch (const convnet::Error&) {
        return names;  // nothing fits any more
    }
}

}  // namespace testing_support
