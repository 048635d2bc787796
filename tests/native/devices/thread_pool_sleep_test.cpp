// Threads that spin, fall asleep and are woken: no call is lost, none gets more threads than it asked for, and who has
// nothing to do takes no time of the processor.
#include <gtest/gtest.h>

#include <time.h>

#include <array>
#include <chrono>
#include <set>

#include "devices/cpu/thread_pool.hpp"

using convnet::ThreadPool;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

/// A place where threads wait for each other, but not for ever.
class Meeting {
public:
    explicit Meeting(int wanted) : wanted_(wanted) {}

    /// Returns whether all came.
    bool attend() {
        std::unique_lock lock(mutex_);
        ++here_;
        all_here_.notify_all();
        return all_here_.wait_for(lock, 20s, [this] { return here_ >= wanted_; });
    }

private:
    const int wanted_;
    int here_ = 0;
    std::mutex mutex_;
    std::condition_variable all_here_;
};

void spin_for(std::chrono::nanoseconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
    }
}

// Each task waits for the others, so a thread that is not woken would show. The pauses end while threads spin, while
// they fall asleep, and after.
TEST(SleepingThreads, are_woken_whenever_a_call_comes) {
    for (const int threads : {2, 3, 5}) {
        ThreadPool pool(threads);
        const auto end = Clock::now() + 500ms;
        int rounds = 0;
        while (Clock::now() < end) {
            for (const auto pause : {0us, 5us, 20us, 28us, 30us, 31us, 33us, 36us, 45us, 100us, 300us}) {
                Meeting meeting(threads);
                std::atomic<int> met{0};
                pool.run(threads, [&](std::int64_t) { met += meeting.attend() ? 1 : 0; });
                ASSERT_EQ(met, threads) << "after a pause of " << pause.count() << " us";
                spin_for(pause);
                ++rounds;
            }
        }
        EXPECT_GT(rounds, 10);
    }
}

TEST(SleepingThreads, end_with_their_pool_whatever_they_do) {
    for (int round = 0; round < 300; ++round) {
        std::atomic<int> done{0};
        {
            ThreadPool pool(4);
            if (round % 3 != 0) {
                pool.run(round % 7, [&](std::int64_t) { ++done; });
            }
            spin_for(std::chrono::microseconds(round % 60));
        }
        ASSERT_EQ(done, round % 3 == 0 ? 0 : round % 7);
    }
}

std::chrono::nanoseconds processor_time() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

TEST(SleepingThreads, take_no_time_of_the_processor) {
    ThreadPool two(2), seven(7);
    std::atomic<int> done{0};
    two.run(100, [&](std::int64_t) { ++done; });
    seven.run(100, [&](std::int64_t) { ++done; });
    EXPECT_EQ(done, 200);
    std::this_thread::sleep_for(100ms);
    const auto before = processor_time();
    std::this_thread::sleep_for(200ms);
    EXPECT_LT((processor_time() - before) / 1us, 5000);
}

// Calls so short that threads hardly wake for them, from many callers, each of which must find all its tasks done.
TEST(ThreadPoolCalls, of_few_tasks_from_many_threads_lose_nothing) {
    ThreadPool pool(3);
    std::vector<std::thread> callers;
    std::atomic<std::int64_t> sum{0};
    constexpr int rounds = 3000;
    for (int caller = 0; caller < 8; ++caller) {
        callers.emplace_back([&, caller] {
            for (int round = 0; round < rounds; ++round) {
                const std::int64_t tasks = 1 + (round + caller) % 3;
                std::array<int, 3> times{};  // not atomic: what tasks did must be visible to the caller
                pool.run(tasks, [&](std::int64_t i) { ++times[static_cast<std::size_t>(i)]; });
                for (std::int64_t i = 0; i < 3; ++i) {
                    if (times[static_cast<std::size_t>(i)] != (i < tasks ? 1 : 0)) {
                        ADD_FAILURE() << "task " << i << " of " << tasks << " ran "
                                      << times[static_cast<std::size_t>(i)];
                        return;
                    }
                }
                sum += tasks;
                if (round % 64 == 0) {
                    std::this_thread::sleep_for(50us);
                }
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(sum, 8 * rounds * 2);
}

// As many threads as were asked for can be made to meet, and more never work at once; no two have one number.
TEST(ThreadPoolCalls, get_the_threads_they_ask_for_and_no_more) {
    constexpr int threads = 6;
    ThreadPool pool(threads);
    for (int round = 0; round < 5; ++round) {
        for (int most = 1; most <= threads + 2; ++most) {
            const int expected = std::min(most, threads);
            Meeting meeting(expected);
            std::array<std::atomic<int>, threads + 2> working{};
            std::atomic<int> at_once{0}, largest{0}, met{0};
            std::mutex mutex;
            std::set<int> numbers;
            const auto task = [&](std::int64_t i) {
                const int number = ThreadPool::current_thread(), now = ++at_once;
                EXPECT_GE(number, 0);
                EXPECT_LT(number, expected);
                EXPECT_EQ(++working[static_cast<std::size_t>(number)], 1) << "two threads have the number " << number;
                for (int seen = largest; now > seen && !largest.compare_exchange_weak(seen, now);) {
                }
                {
                    const std::lock_guard lock(mutex);
                    numbers.insert(number);
                }
                if (i < expected) {
                    met += meeting.attend() ? 1 : 0;
                } else {
                    spin_for(20us);
                }
                --working[static_cast<std::size_t>(number)];
                --at_once;
            };
            pool.run(4 * threads, task, most);
            EXPECT_EQ(met, expected);
            EXPECT_EQ(largest, expected);
            EXPECT_EQ(numbers.size(), static_cast<std::size_t>(expected));
        }
    }
}

// Within a task of one pool another pool's tasks count from 0 again, and afterwards the number is the old one.
TEST(ThreadPoolCalls, number_their_threads_within_each_pool) {
    ThreadPool outer(3), inner(2);
    outer.run(30, [&](std::int64_t) {
        const int number = ThreadPool::current_thread();
        inner.run(
            4, [](std::int64_t) { EXPECT_LT(ThreadPool::current_thread(), 2); }, 2);
        inner.run(
            4, [](std::int64_t) { EXPECT_EQ(ThreadPool::current_thread(), 0); }, 1);
        EXPECT_EQ(ThreadPool::current_thread(), number);
    });
}

}  // namespace
