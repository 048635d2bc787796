// A CUDA device, real or emulated: memory, limits, streams, copies, and blobs of every type.
#include <gtest/gtest.h>

#include <numeric>

#include "devices/cpu/cpu_device.hpp"
#include "devices/cuda/cuda_device.hpp"
#include "devices/cuda/cuda_plugin.hpp"
#include "devices/workspace_pool.hpp"
#include "layers/filler.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

std::shared_ptr<CudaDevice> open(std::int64_t workspace = 0, std::int64_t limit = 0) {
    CudaOptions options;
    options.workspace_limit_bytes = workspace;
    options.memory_limit_bytes = limit;
    return CudaDevice::open(options);
}

std::vector<float> counting(std::size_t count) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 1.0F);
    return values;
}

TEST(CudaDevice, says_what_it_is) {
    const auto device = open();
    EXPECT_EQ(device->type(), DeviceType::cuda);
    EXPECT_EQ(device->index(), 0);
    EXPECT_STREQ(device->instruction_set(), "");
    const cuda::Properties& properties = cuda::device(0);
    EXPECT_FALSE(properties.name.empty());
    EXPECT_GT(properties.memory_bytes, 0);
    EXPECT_GE(properties.capability_major, 7);
    EXPECT_GE(properties.driver_version, properties.runtime_version / 1000 * 1000);
    EXPECT_GT(device->workspace().limit_bytes(), 0);
}

TEST(CudaDevice, refuses_wrong_options) {
    CudaOptions options;
    options.workspace_limit_bytes = -1;
    expect_error([&] { CudaDevice::open(options); }, Status::invalid_argument, "workspace_limit_bytes", {"-1"});
    options = {};
    options.memory_limit_bytes = -5;
    expect_error([&] { CudaDevice::open(options); }, Status::invalid_argument, "memory_limit_bytes", {"-5"});
    options = {};
    options.index = 1000;
    expect_error([&] { CudaDevice::open(options); }, Status::invalid_argument, "index", {"1000"});
}

TEST(CudaDevice, copies_there_and_back) {
    const auto device = open();
    const std::vector<float> values = counting(1000);
    const DeviceMemory a(*device, 4000), b(*device, 4000);
    device->copy_from_host(a.data(), values.data(), 4000);
    device->copy(b.data(), a.data(), 4000);
    std::vector<float> back(1000);
    device->copy_to_host(back.data(), b.data(), 4000);
    EXPECT_EQ(back, values);
    device->set_zero(static_cast<char*>(b.data()) + 3996, 4);
    device->copy_to_host(back.data(), b.data(), 4000);
    EXPECT_EQ(back[998], values[998]);
    EXPECT_EQ(back[999], 0);
}

TEST(CudaDevice, memory_is_aligned_counted_and_given_back) {
    const auto device = open();
    const std::int64_t before = device->memory_bytes();
    {
        const DeviceMemory a(*device, 3), b(*device, 5);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.data()) % 256, 0U);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.data()) % 256, 0U);
        EXPECT_EQ(device->memory_bytes(), before + 8);
        EXPECT_GE(device->memory().used_bytes, 8);
    }
    EXPECT_EQ(device->memory_bytes(), before);
    EXPECT_GE(device->trim(), 0);
    EXPECT_EQ(device->memory().used_bytes, 0);
}

TEST(CudaDevice, obeys_its_limits) {
    const auto device = open(1000, 4096);
    const DeviceMemory most(*device, 4000);
    expect_error([&] { DeviceMemory(*device, 100); }, Status::out_of_memory, "", {"4096"});
    expect_error([&] { device->workspace().lend(1001); }, Status::out_of_memory, "workspace_limit_bytes", {"1001"});
}

TEST(CudaDevice, says_when_there_is_no_more_memory) {
    const auto device = open();
    const std::int64_t all = 2 * device->memory().total_bytes;
    expect_error([&] { DeviceMemory(*device, all); }, Status::out_of_memory, "", {""});
    const DeviceMemory still_works(*device, 256);
    device->set_zero(still_works.data(), 256);
    device->synchronize();
}

TEST(CudaDevice, work_goes_to_the_stream_that_is_set) {
    const auto device = open();
    EXPECT_EQ(device->stream(), nullptr);
    const cn_cuda_stream stream = device->create_stream();
    const std::vector<float> values = counting(1 << 16);
    const DeviceMemory memory(*device, 4 << 16);
    device->copy_from_host(memory.data(), values.data(), 4 << 16);
    device->set_stream(stream);
    EXPECT_EQ(device->stream(), stream);
    std::vector<float> back(values.size());
    device->copy_to_host(back.data(), memory.data(), 4 << 16);
    EXPECT_EQ(back, values);
    device->destroy_stream(stream);
    EXPECT_EQ(device->stream(), nullptr);
    device->copy_to_host(back.data(), memory.data(), 4 << 16);
}

TEST(CudaDevice, pins_memory_of_the_host) {
    const auto device = open();
    auto* const pinned = static_cast<float*>(device->allocate_pinned(400));
    pinned[0] = 1;
    pinned[99] = 2;
    const DeviceMemory memory(*device, 400);
    device->copy_from_host(memory.data(), pinned, 400);
    float last = 0;
    device->copy_to_host(&last, static_cast<float*>(memory.data()) + 99, 4);
    EXPECT_EQ(last, 2);
    device->deallocate_pinned(pinned);
    expect_error([&] { device->allocate_pinned(0); }, Status::invalid_argument, "bytes", {"0"});
}

TEST(CudaDevice, several_of_one_gpu_stand_beside_each_other) {
    const auto first = open(), second = open();
    const DeviceMemory a(*first, 256), b(*second, 512);
    EXPECT_EQ(first->memory_bytes(), 256);
    EXPECT_EQ(second->memory_bytes(), 512);
}

template <class T>
std::vector<float> filled_on(const std::shared_ptr<Device>& device, DataType type, const Filler& filler) {
    Blob blob(device, type, Shape{4, 3, 5});
    fill(blob, filler);
    std::vector<T> values(60);
    device->copy_to_host(values.data(), blob.data(), blob.bytes());
    std::vector<float> result;
    for (const T value : values) {
        result.push_back(static_cast<float>(value));
    }
    return result;
}

TEST(CudaDevice, fillers_give_the_values_of_the_cpu_rounded) {
    const auto device = open();
    const auto cpu = CpuDevice::open({});
    Filler filler;
    filler.type = FillerType::gaussian;
    filler.seed = 3;
    const std::vector<float> values = filled_on<float>(cpu, DataType::float32, filler);
    EXPECT_EQ(filled_on<float>(device, DataType::float32, filler), values);
    std::vector<float> half, brain;
    for (const float value : values) {
        half.push_back(static_cast<float>(Float16(value)));
        brain.push_back(static_cast<float>(BFloat16(value)));
    }
    EXPECT_EQ(filled_on<Float16>(device, DataType::float16, filler), half);
    EXPECT_EQ(filled_on<BFloat16>(device, DataType::bfloat16, filler), brain);
    EXPECT_EQ(filled_on<BFloat16>(cpu, DataType::bfloat16, filler), brain) << "the CPU stores what it cannot compute";
    filler.type = FillerType::constant;
    filler.value = 1.5;
    EXPECT_EQ(filled_on<Float16>(device, DataType::float16, filler), std::vector<float>(60, 1.5F));
}

TEST(CudaDevice, bias_is_added_and_summed_in_every_type) {
    const auto device = open();
    for (const DataType type : {DataType::float32, DataType::float64, DataType::float16, DataType::bfloat16}) {
        with_stored_type(type, [&]<class T>(T) {
            std::vector<T> x, bias;
            for (int i = 0; i < 2 * 3 * 5; ++i) {
                x.push_back(static_cast<T>(static_cast<float>(i)));
            }
            for (int i = 0; i < 3; ++i) {
                bias.push_back(static_cast<T>(static_cast<float>(10 * i)));
            }
            const auto bytes = static_cast<std::int64_t>(sizeof(T));
            const DeviceMemory tensor(*device, 30 * bytes), values(*device, 3 * bytes);
            device->copy_from_host(tensor.data(), x.data(), 30 * bytes);
            device->copy_from_host(values.data(), bias.data(), 3 * bytes);
            device->add_bias(type, {2, 3, 5}, tensor.data(), values.data(), 1, tensor.data());
            device->sum_bias(type, {2, 3, 5}, tensor.data(), values.data());
            std::vector<T> sums(3);
            device->copy_to_host(sums.data(), values.data(), 3 * bytes);
            for (int channel = 0; channel < 3; ++channel) {
                float expected = static_cast<float>(10 * channel);
                for (int i = 0; i < 5; ++i) {
                    expected += static_cast<float>(2 * (channel * 5 + i) + 15 + 2 * 10 * channel);
                }
                EXPECT_EQ(static_cast<float>(sums[static_cast<std::size_t>(channel)]),
                          static_cast<float>(static_cast<T>(expected)))
                    << name_of(type);
            }
        });
    }
}

// Terms that lie apart are added up in parts, of which the second step adds up all, also those after the last full part.
TEST(CudaDevice, bias_of_channels_last_is_summed) {
    const auto device = open();
    for (const std::int64_t rows : {1, 31, 33, 100, 4099}) {
        std::vector<float> x, expected(3, 7);
        for (std::int64_t i = 0; i < rows * 3; ++i) {
            x.push_back(static_cast<float>(i % 11 - 4));
            expected[static_cast<std::size_t>(i % 3)] += x.back();
        }
        const DeviceMemory tensor(*device, rows * 12), gradient(*device, 12);
        std::vector<float> sums(3, 7);
        device->copy_from_host(tensor.data(), x.data(), rows * 12);
        device->copy_from_host(gradient.data(), sums.data(), 12);
        device->sum_bias(DataType::float32, {rows, 3, 1}, tensor.data(), gradient.data());
        device->copy_to_host(sums.data(), gradient.data(), 12);
        EXPECT_EQ(sums, expected) << rows << " rows";
        EXPECT_EQ(device->workspace().peak_bytes() > 0, rows >= 16);
        device->workspace().reset_peak();
    }
}

}  // namespace
