// One handle for each stream, one thread in it at a time, and nothing left behind.
#include <set>
#include <thread>

#include "cudnn/fixture.hpp"

using namespace testing_support;

namespace {

using CudnnHandles = CudnnTest;

void run(const convnet::cudnn::Plan& plan, void* stream) {
    plan.forward(launch(0, stream), nullptr, nullptr, nothing, nullptr);
}

TEST_F(CudnnHandles, AreOneForEachStream) {
    const auto p = plan();
    for (const std::uintptr_t stream : {0x10, 0x20, 0x10, 0x20}) {
        run(*p, address(stream));
    }
    const auto work = calls("cudnnConvolutionForward");
    EXPECT_EQ(work[0].handle, work[2].handle);
    EXPECT_EQ(work[1].handle, work[3].handle);
    EXPECT_NE(work[0].handle, work[1].handle);
    EXPECT_EQ(work[0].stream, address(0x10));
    EXPECT_EQ(work[1].stream, address(0x20));
    EXPECT_EQ(calls("cudnnCreate").size(), 3u) << "one more to plan with, on the default stream";
}

TEST_F(CudnnHandles, GoWithTheirStream) {
    const auto p = plan();
    run(*p, address(0x10));
    EXPECT_EQ(fake.live["handle"], 2);
    engine.release_stream(address(0x10));
    EXPECT_EQ(fake.live["handle"], 1);
    engine.release_stream(address(0x10));
    engine.release_stream(address(0x77));
    run(*p, address(0x10));
    EXPECT_EQ(calls("cudnnCreate").size(), 3u);
}

TEST_F(CudnnHandles, AreUsedByOneThreadAtATime) {
    const auto p = plan();
    fake.slow = true;
    std::vector<std::thread> threads;
    for (std::uintptr_t i = 0; i < 8; ++i) {
        threads.emplace_back([&p, i] {
            for (int repeat = 0; repeat < 5; ++repeat) {
                run(*p, address(0x10 + i % 2));
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(fake.overlaps, 0);
    EXPECT_EQ(calls("cudnnConvolutionForward").size(), 40u);
    EXPECT_EQ(calls("cudnnCreate").size(), 3u);
}

TEST_F(CudnnHandles, OutliveTheirReleaseWhileTheyAreUsed) {
    const auto p = plan();
    fake.slow = true;
    std::thread worker([&] {
        for (int repeat = 0; repeat < 20; ++repeat) {
            run(*p, address(0x10));
        }
    });
    for (int repeat = 0; repeat < 20; ++repeat) {
        engine.release_stream(address(0x10));
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    worker.join();
    EXPECT_EQ(calls("cudnnConvolutionForward").size(), 20u);
    EXPECT_LE(fake.live["handle"], 2);
}

// Every call of planning fails in turn; TearDown sees whether an object is left.
TEST_F(CudnnHandles, AndDescriptorsAreFreedWhateverFails) {
    plan();
    const std::size_t calls_of_planning = fake.calls.size();
    std::set<std::string> failed;
    for (std::size_t failing = 0; failing < calls_of_planning; ++failing) {
        engine.release();
        fake.calls.clear();
        fake.answer = [&](const Call& call) {
            const bool fails = fake.calls.size() == failing + 1;
            if (fails) {
                failed.insert(call.function);
            }
            return fails ? api::Status::internal_error : api::Status::success;
        };
        EXPECT_THROW(plan(), convnet::Error) << "call " << failing;
        engine.release();
        for (const auto& [kind, count] : fake.live) {
            EXPECT_EQ(count, 0) << kind << "s were left after call " << failing << " failed";
        }
    }
    EXPECT_GE(failed.size(), 15u);
}

}  // namespace
