// The engine as the core calls it: through a table of C functions.
#include "engines/cudnn/table.hpp"

#include <cstdlib>

#include "cudnn/fixture.hpp"
#include "plugin/current_device.hpp"

using namespace testing_support;

namespace {

int current_device = -1;
std::vector<int> devices_used;

}  // namespace

// There is no CUDA here; what counts is that each call is made with its device current.
namespace convnet::plugin {

CurrentDevice::CurrentDevice(int index) : previous_(current_device) {
    current_device = index;
    devices_used.push_back(index);
}

CurrentDevice::~CurrentDevice() { current_device = previous_; }

}  // namespace convnet::plugin

namespace {

class CudnnTable : public CudnnTest {
protected:
    static constexpr int device = 3;

    // The table looks for cuDNN once in a process.
    static void SetUpTestSuite() { setenv("CONVNET_CUDNN", FAKE_CUDNN, 1); }

    void SetUp() override { devices_used.clear(); }

    void TearDown() override {
        table.release_device(device);
        EXPECT_EQ(current_device, -1) << "the caller's device was not put back";
        CudnnTest::TearDown();
    }

    cn_cudnn_plan* make_plan(const cn_cuda_problem& problem = problem_2d()) {
        cn_cudnn_plan* plan = nullptr;
        const cn_cudnn_limits within = limits();
        status = table.plan_create(device, &problem, &within, &plan, &error);
        return plan;
    }

    const cn_cudnn_table& table = convnet::cudnn::table();
    std::int32_t status = 0;
    cn_cuda_error error{};
};

TEST_F(CudnnTable, SaysWhichCudnnItIs) {
    cn_cudnn_library library;
    table.library(&library);
    EXPECT_EQ(library.available, 1);
    EXPECT_EQ(library.version, 90100);
    EXPECT_STREQ(library.path, FAKE_CUDNN);
    EXPECT_STREQ(library.why, "");
}

TEST_F(CudnnTable, SaysWhatItSupports) {
    cn_cuda_problem problem = problem_2d();
    const cn_cudnn_limits within = limits();
    std::int32_t supported = -1;
    char why[200] = "?";
    EXPECT_EQ(table.supports(device, &problem, &within, &supported, why, sizeof why, &error), 0);
    EXPECT_EQ(supported, 1);
    EXPECT_STREQ(why, "");
    problem.spatial_axes = 4;
    EXPECT_EQ(table.supports(device, &problem, &within, &supported, why, 30, &error), 0);
    EXPECT_EQ(supported, 0);
    EXPECT_STREQ(why, "cuDNN convolves one to three ");
    EXPECT_EQ(devices_used, (std::vector<int>{device, device}));
}

TEST_F(CudnnTable, RunsEachPassOnItsDevice) {
    cn_cudnn_plan* const plan = make_plan();
    ASSERT_NE(plan, nullptr) << error.message;
    devices_used.clear();
    const cn_cudnn_launch on = launch(0, address(0x10));
    void* const x = address(0x1000);
    void* const w = address(0x2000);
    void* const y = address(0x3000);
    const cn_cuda_epilogue bias{address(0x4000), 1}, none{nullptr, 1};
    EXPECT_EQ(table.forward(plan, &on, x, w, &bias, y, &error), 0);
    EXPECT_EQ(table.backward_data(plan, &on, y, w, &none, x, &error), 0);
    EXPECT_EQ(table.backward_filter(plan, &on, x, y, w, &error), 0);
    using Operands = std::vector<const void*>;
    EXPECT_EQ(last_call("cudnnConvolutionBiasActivationForward").operands, (Operands{x, w, y, address(0x4000), y}));
    EXPECT_EQ(last_call("cudnnConvolutionBackwardData").operands, (Operands{w, y, x}));
    EXPECT_EQ(last_call("cudnnConvolutionBackwardFilter").operands, (Operands{x, y, w}));
    EXPECT_EQ(devices_used, (std::vector<int>{device, device, device}));
    table.plan_destroy(plan);
}

TEST_F(CudnnTable, NamesTheAlgorithmForTheWorkspaceThatThereIs) {
    offer_all({offer(4), offer(0)});
    fake.workspaces[{0, 4}] = 1000;
    cn_cudnn_plan* const plan = make_plan();
    const char* name = nullptr;
    std::int64_t needed = -1;
    EXPECT_EQ(table.plan_algorithm(plan, CN_CUDA_FORWARD, CN_CUDA_NO_EPILOGUE, 1, 5000, &name, &needed, &error), 0);
    EXPECT_STREQ(name, "fft");
    EXPECT_EQ(needed, 1000);
    EXPECT_EQ(table.plan_algorithm(plan, CN_CUDA_FORWARD, CN_CUDA_NO_EPILOGUE, 1, needed - 1, &name, &needed, &error),
              0);
    EXPECT_STREQ(name, "implicit gemm");
    EXPECT_EQ(needed, 0);
    EXPECT_EQ(table.plan_algorithm(plan, CN_CUDA_FORWARD, CN_CUDA_NO_EPILOGUE, 1, needed - 1, &name, &needed, &error),
              static_cast<std::int32_t>(Status::unsupported));
    EXPECT_STREQ(error.argument, "workspace_limit_bytes");
    table.plan_destroy(plan);
}

TEST_F(CudnnTable, TurnsErrorsIntoAStatus) {
    answer("cudnnCreate", api::Status::device_allocation_failed);
    EXPECT_EQ(make_plan(), nullptr);
    EXPECT_EQ(status, static_cast<std::int32_t>(Status::out_of_memory));
    EXPECT_NE(std::string(error.message).find("(4004)"), std::string::npos) << error.message;
}

TEST_F(CudnnTable, ReleasesAStreamAndADevice) {
    cn_cudnn_plan* const plan = make_plan();
    const cn_cudnn_launch on = launch(0, address(0x10));
    table.backward_filter(plan, &on, nullptr, nullptr, nullptr, &error);
    EXPECT_EQ(fake.live["handle"], 2);
    table.release_stream(device, on.stream);
    EXPECT_EQ(fake.live["handle"], 1);
    table.release_device(device);
    EXPECT_EQ(fake.live["handle"], 0);
    table.release_stream(device + 1, on.stream);
    table.release_device(device + 1);
    table.plan_destroy(plan);
}

TEST_F(CudnnTable, KeepsDevicesApart) {
    cn_cudnn_plan* const plan = make_plan();
    cn_cudnn_plan* other = nullptr;
    const cn_cuda_problem problem = problem_2d();
    const cn_cudnn_limits within = limits();
    EXPECT_EQ(table.plan_create(device + 1, &problem, &within, &other, &error), 0);
    EXPECT_EQ(calls("cudnnGetConvolutionForwardAlgorithm_v7").size(), 2u);
    EXPECT_EQ(calls("cudnnCreate").size(), 2u);
    table.plan_destroy(plan);
    table.plan_destroy(other);
    table.release_device(device + 1);
}

}  // namespace
