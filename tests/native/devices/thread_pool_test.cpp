#include "devices/cpu/thread_pool.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

using convnet::ThreadPool;

namespace {

class ThreadPools : public testing::TestWithParam<int> {};

TEST_P(ThreadPools, run_each_task_once) {
    ThreadPool pool(GetParam());
    EXPECT_EQ(pool.threads(), GetParam());
    for (const std::int64_t tasks : {0, 1, 2, 3, 100, 5000}) {
        std::vector<std::atomic<int>> times(static_cast<std::size_t>(tasks));
        pool.run(tasks, [&](std::int64_t i) { ++times[static_cast<std::size_t>(i)]; });
        for (const auto& time : times) {
            ASSERT_EQ(time, 1);
        }
    }
}

TEST_P(ThreadPools, hand_an_exception_on_and_go_on_working) {
    ThreadPool pool(GetParam());
    for (int round = 0; round < 20; ++round) {
        const auto fail = [&](std::int64_t i) {
            if (i % 7 == 3) {
                throw std::runtime_error("task " + std::to_string(i));
            }
        };
        try {
            pool.run(50, fail);
            ADD_FAILURE() << "nothing was thrown";
        } catch (const std::runtime_error& error) {
            EXPECT_EQ(std::string(error.what()).substr(0, 5), "task ");
        }
        std::atomic<int> done{0};
        EXPECT_NO_THROW(pool.run(50, [&](std::int64_t) { ++done; }));
        EXPECT_EQ(done, 50);
    }
}

// An inner run finds the pool busy; it must neither wait for itself nor lose tasks.
TEST_P(ThreadPools, may_be_nested) {
    ThreadPool pool(GetParam());
    std::atomic<int> done{0};
    pool.run(9, [&](std::int64_t) { pool.run(11, [&](std::int64_t) { pool.run(3, [&](std::int64_t) { ++done; }); }); });
    EXPECT_EQ(done, 9 * 11 * 3);
}

TEST_P(ThreadPools, serve_many_callers_at_once) {
    ThreadPool pool(GetParam());
    std::vector<std::thread> callers;
    std::atomic<std::int64_t> sum{0};
    for (int caller = 0; caller < 8; ++caller) {
        callers.emplace_back([&] {
            for (int round = 0; round < 200; ++round) {
                std::atomic<std::int64_t> mine{0};
                pool.run(20, [&](std::int64_t i) { mine += i; });
                EXPECT_EQ(mine, 190) << "every task had ended when run() returned";
                sum += mine;
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(sum, 8 * 200 * 190);
}

INSTANTIATE_TEST_SUITE_P(of, ThreadPools, testing::Values(1, 2, 3, 7),
                         [](const auto& shown) { return std::to_string(shown.param) + "_threads"; });

TEST(ThreadPool, uses_more_than_one_thread) {
    ThreadPool pool(2);
    std::mutex mutex;
    std::condition_variable both;
    std::set<std::thread::id> seen;
    pool.run(2, [&](std::int64_t) {
        std::unique_lock lock(mutex);
        seen.insert(std::this_thread::get_id());
        both.notify_all();
        both.wait_for(lock, std::chrono::seconds(30), [&] { return seen.size() == 2; });
    });
    EXPECT_EQ(seen.size(), 2U);
}

// Each thread begins with tasks of its own, and ends with those of others.
TEST(ThreadPool, takes_over_from_a_thread_that_is_held_up) {
    for (const int threads : {2, 3, 7}) {
        ThreadPool pool(threads);
        constexpr int tasks = 50;
        std::mutex mutex;
        std::condition_variable one_more;
        int others = 0;
        pool.run(tasks, [&](std::int64_t i) {
            std::unique_lock lock(mutex);
            if (i == 0) {
                EXPECT_TRUE(one_more.wait_for(lock, std::chrono::seconds(30), [&] { return others == tasks - 1; }));
            } else {
                ++others;
                one_more.notify_all();
            }
        });
    }
}

TEST(ThreadPool, of_one_thread_works_on_the_caller) {
    ThreadPool pool(1);
    pool.run(5, [caller = std::this_thread::get_id()](std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

}  // namespace
