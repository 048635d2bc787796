#include "devices/workspace_pool.hpp"

#include <gtest/gtest.h>

#include <future>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

TEST(WorkspacePool, keeps_memory_for_the_next_call) {
    const auto device = open_cpu(1, 1000);
    WorkspacePool& pool = device->workspace();
    const void* first = nullptr;
    {
        const auto lease = pool.lend(600);
        first = lease.data();
        EXPECT_NE(first, nullptr);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 64, 0U);
        EXPECT_EQ(pool.allocated_bytes(), 600);
    }
    EXPECT_EQ(pool.allocated_bytes(), 600) << "cached";
    EXPECT_EQ(pool.lend(600).data(), first);
    EXPECT_EQ(pool.lend(100).data(), first) << "a larger block serves too";
    EXPECT_EQ(device->memory_bytes(), 600);
}

TEST(WorkspacePool, lends_nothing_for_no_bytes) {
    const auto device = open_cpu(1, 1000);
    EXPECT_EQ(device->workspace().lend(0).data(), nullptr);
    EXPECT_EQ(device->workspace().peak_bytes(), 0);
}

TEST(WorkspacePool, measures_its_peak) {
    const auto device = open_cpu(1, 1000);
    WorkspacePool& pool = device->workspace();
    {
        const auto a = pool.lend(300), b = pool.lend(400);
        EXPECT_EQ(pool.peak_bytes(), 700);
    }
    EXPECT_EQ(pool.peak_bytes(), 700);
    pool.lend(100);
    EXPECT_EQ(pool.peak_bytes(), 700) << "a later, smaller lease does not lower it";
    pool.reset_peak();
    EXPECT_EQ(pool.peak_bytes(), 0);
    const auto c = pool.lend(50);
    EXPECT_GE(pool.peak_bytes(), 50);
}

TEST(WorkspacePool, never_exceeds_its_limit) {
    const auto device = open_cpu(1, 1000);
    WorkspacePool& pool = device->workspace();
    expect_error([&] { pool.lend(1001); }, Status::out_of_memory, "workspace_limit_bytes", {"1001", "1000"});
    EXPECT_EQ(pool.allocated_bytes(), 0);
    // What is cached is dropped rather than kept beside a new block that would exceed the limit.
    pool.lend(600);
    pool.lend(900);
    EXPECT_LE(pool.allocated_bytes(), 1000);
    EXPECT_EQ(pool.lend(1000).data() != nullptr, true);
    EXPECT_LE(device->memory_bytes(), 1000);
}

TEST(WorkspacePool, waits_until_memory_is_returned) {
    const auto device = open_cpu(1, 1000);
    WorkspacePool& pool = device->workspace();
    std::future<void> waiting;
    {
        const auto lease = pool.lend(800);
        waiting = std::async(std::launch::async, [&] { pool.lend(500); });
        EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
        EXPECT_LE(pool.peak_bytes(), 1000);
    }
    EXPECT_EQ(waiting.wait_for(std::chrono::seconds(30)), std::future_status::ready);
    EXPECT_LE(pool.peak_bytes(), 1000);
}

TEST(WorkspacePool, stays_within_its_limit_under_contention) {
    const auto device = open_cpu(1, 1000);
    WorkspacePool& pool = device->workspace();
    std::vector<std::thread> threads;
    std::atomic<std::int64_t> lent{0};
    std::atomic<bool> exceeded{false};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < 500; ++round) {
                const std::int64_t bytes = 100 + (i * 37 + round * 53) % 800;
                const auto lease = pool.lend(bytes);
                exceeded = exceeded || (lent += bytes) > 1000;
                static_cast<char*>(lease.data())[bytes - 1] = 1;
                lent -= bytes;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_FALSE(exceeded);
    EXPECT_LE(pool.peak_bytes(), 1000);
    EXPECT_LE(pool.allocated_bytes(), 1000);
    pool.trim();
    EXPECT_EQ(pool.allocated_bytes(), 0);
    EXPECT_EQ(device->memory_bytes(), 0);
}

TEST(WorkspacePool, trim_frees_what_is_not_lent) {
    const auto device = open_cpu(1, 1000);
    WorkspacePool& pool = device->workspace();
    const auto kept = pool.lend(200);
    pool.lend(300);
    EXPECT_EQ(pool.allocated_bytes(), 500);
    EXPECT_EQ(pool.trim(), 300);
    EXPECT_EQ(pool.allocated_bytes(), 200);
    EXPECT_EQ(pool.trim(), 0);
    EXPECT_EQ(device->memory_bytes(), 200);
}

TEST(DeviceMemoryLimit, counts_blobs_and_workspace_together) {
    const auto device = open_cpu(1, 1000, 1500);
    const DeviceMemory blob(*device, 1000);
    expect_error([&] { DeviceMemory(*device, 501); }, Status::out_of_memory, "", {"501", "1000", "1500"});
    expect_error([&] { device->workspace().lend(600); }, Status::out_of_memory, "", {"600"});
    EXPECT_EQ(device->memory_bytes(), 1000);
    EXPECT_EQ(device->workspace().allocated_bytes(), 0) << "a lease that failed is not counted";
    EXPECT_NE(device->workspace().lend(500).data(), nullptr);
}

TEST(DeviceMemoryLimit, cached_workspace_makes_room_for_blobs) {
    const auto device = open_cpu(1, 1000, 1500);
    device->workspace().lend(1000);
    EXPECT_EQ(device->memory_bytes(), 1000);
    const DeviceMemory blob(*device, 1400);
    EXPECT_EQ(device->memory_bytes(), 1400);
    EXPECT_EQ(device->workspace().allocated_bytes(), 0);
}

TEST(DeviceMemoryLimit, huge_requests_fail_without_harm) {
    const auto device = open_cpu(1);
    expect_error([&] { DeviceMemory(*device, std::int64_t{1} << 60); }, Status::out_of_memory, "", {"no more"});
    EXPECT_EQ(device->memory_bytes(), 0);
    EXPECT_NO_THROW(DeviceMemory(*device, 64));
}

TEST(CpuDevice, refuses_options_that_make_no_sense) {
    expect_invalid([] { open_cpu(-1); }, "threads", {"-1", "1024"});
    expect_invalid([] { open_cpu(1025); }, "threads", {"1025", "1024"});
    expect_invalid([] { open_cpu(1, -1); }, "workspace_limit_bytes", {"-1"});
    expect_invalid([] { open_cpu(1, 0, -5); }, "memory_limit_bytes", {"-5"});
    EXPECT_GE(open_cpu(0)->threads(), 1);
    EXPECT_EQ(open_cpu(1)->workspace().limit_bytes(), 64 << 20);
    EXPECT_EQ(open_cpu(5)->threads(), 5);
}

}  // namespace
