// Threads that share the tasks of one operation. Which thread runs a task never changes what the task computes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "devices/cpu/wake_placement.hpp"

namespace convnet {

class ThreadPool {
public:
    using Task = std::function<void(std::int64_t)>;

    static constexpr int all_threads = std::numeric_limits<int>::max();

    /// `threads` counts the caller, so 1 starts none.
    explicit ThreadPool(int threads);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool();

    int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

    /// Runs task(0) ... task(tasks - 1) on up to `most_threads` threads, the caller among them, and returns when all
    /// have ended; rethrows the first exception. Threads that are asleep are woken, but not waited for: when the others
    /// finish before, they get nothing. When the pool is busy with another caller's tasks, the calling thread runs
    /// all of its own itself.
    void run(std::int64_t tasks, const Task& task, int most_threads = all_threads);

    /// Within a task: which of the run's threads this is, from 0 to most_threads - 1.
    static int current_thread() noexcept;

private:
    // The epoch is odd while a job is open for workers to join. Both change together, in one atomic.
    struct State {
        std::uint64_t epoch, active;
    };
    static State unpack(std::uint64_t state) noexcept { return {state >> active_bits, state & active_mask}; }

    /// What a thread begins with: equal parts of the tasks in their order, so that calls that follow each other find
    /// their data in the caches of the same cores. Who is done helps the others.
    struct alignas(64) Share {
        std::atomic<std::int64_t> next{0};
        std::int64_t end = 0;
    };

    struct Sleeper {
        WakePlacement placement;
        bool asleep = false;  // both under the mutex
    };

    void work(int index);
    bool join(std::uint64_t& seen) noexcept;
    void leave() noexcept;
    void wait_for_job(Sleeper& self, std::uint64_t seen);
    void wake_sleepers();
    void wait_for_workers();
    void take_tasks(int index) noexcept;
    void take_share(int index) noexcept;

    static constexpr int active_bits = 16;
    static constexpr std::uint64_t active_mask = (1U << active_bits) - 1, one_epoch = 1U << active_bits;

    std::vector<Sleeper> sleeping_;  // one for each worker
    std::vector<std::thread> workers_;

    std::atomic<bool> occupied_{false};  // by the caller whose job is the current one
    std::atomic<std::uint64_t> state_{0};
    std::atomic<bool> stopping_{false};
    std::atomic<int> sleepers_{0};
    std::mutex mutex_;  // for sleeping only
    std::condition_variable job_opened_, workers_left_;

    // The job: written while no worker is in it.
    const Task* task_ = nullptr;
    int sharers_ = 0;  // threads that may take part
    std::vector<Share> shares_;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
};

}  // namespace convnet
