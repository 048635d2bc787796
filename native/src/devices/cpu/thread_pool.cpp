#include "devices/cpu/thread_pool.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace convnet {
namespace {

// Waking a sleeping thread takes about as long as the first, so spinning longer for a job that may not come would not
// pay. The end of a job that goes on is a matter of one task.
constexpr std::chrono::microseconds spin_for_job{100}, spin_for_workers{1000};

thread_local int thread_index = 0;

void pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Tries `ready` for a while; returns whether it came true.
template <class Condition>
bool spin_until(const Condition& ready, std::chrono::microseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    do {
        for (int i = 0; i < 64; ++i) {
            if (ready()) {
                return true;
            }
            pause();
        }
    } while (std::chrono::steady_clock::now() < end);
    return ready();
}

}  // namespace

ThreadPool::ThreadPool(int threads)
    : sleeping_(static_cast<std::size_t>(threads) - 1), shares_(static_cast<std::size_t>(threads)) {
    workers_.reserve(static_cast<std::size_t>(threads) - 1);
    try {
        for (int i = 1; i < threads; ++i) {
            workers_.emplace_back([this, i] { work(i); });
        }
    } catch (const std::system_error&) {
        // The system refuses more threads. Those that started suffice: results do not depend on their number.
    }
}

ThreadPool::~ThreadPool() {
    stopping_ = true;
    { const std::lock_guard lock(mutex_); }
    job_opened_.notify_all();
    for (std::thread& worker : workers_) {
        worker.join();
    }
}

int ThreadPool::current_thread() noexcept { return thread_index; }

void ThreadPool::run(std::int64_t tasks, const Task& task, int most_threads) {
    if (most_threads == 1 || tasks <= 1 || workers_.empty() || occupied_.exchange(true, std::memory_order_acquire)) {
        // The job of another pool may call this on one of its workers, whose index means nothing here.
        const int outer = std::exchange(thread_index, 0);
        try {
            for (std::int64_t i = 0; i < tasks; ++i) {
                task(i);
            }
        } catch (...) {
            thread_index = outer;
            throw;
        }
        thread_index = outer;
        return;
    }
    task_ = &task;
    sharers_ = std::min(most_threads, threads());
    for (int i = 0; i < sharers_; ++i) {
        Share& share = shares_[static_cast<std::size_t>(i)];
        share.next = tasks * i / sharers_;
        share.end = tasks * (i + 1) / sharers_;
    }
    failure_ = nullptr;
    state_ += one_epoch;  // open
    if (sleepers_ > 0) {
        wake_sleepers();
    }
    const int outer = std::exchange(thread_index, 0);
    take_tasks(0);
    thread_index = outer;
    state_ += one_epoch;  // closed: nobody joins any more
    wait_for_workers();
    const std::exception_ptr failure = std::exchange(failure_, nullptr);
    occupied_.store(false, std::memory_order_release);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

void ThreadPool::work(int index) {
    thread_index = index;
    std::uint64_t seen = 0;
    while (!stopping_) {
        if (!join(seen)) {
            wait_for_job(sleeping_[static_cast<std::size_t>(index) - 1], seen);
            continue;
        }
        if (index < sharers_) {
            take_tasks(index);
        }
        leave();
    }
}

/// Enters the open job unless it is the one with epoch `seen`, and notes its epoch there.
bool ThreadPool::join(std::uint64_t& seen) noexcept {
    std::uint64_t state = state_;
    do {
        const std::uint64_t epoch = unpack(state).epoch;
        if (epoch % 2 == 0 || epoch == seen) {
            return false;
        }
    } while (!state_.compare_exchange_weak(state, state + 1));
    seen = unpack(state).epoch;
    return true;
}

void ThreadPool::leave() noexcept {
    const State after = unpack(--state_);
    if (after.active == 0 && after.epoch % 2 == 0) {
        { const std::lock_guard lock(mutex_); }
        workers_left_.notify_all();
    }
}

void ThreadPool::wait_for_job(Sleeper& self, std::uint64_t seen) {
    const auto ready = [&] {
        const std::uint64_t epoch = unpack(state_).epoch;
        return stopping_ || (epoch % 2 == 1 && epoch != seen);
    };
    if (spin_until(ready, spin_for_job)) {
        return;
    }
    {
        std::unique_lock lock(mutex_);
        self.placement.prepare();
        self.asleep = true;
        ++sleepers_;
        job_opened_.wait(lock, ready);
        --sleepers_;
        self.asleep = false;
    }
    self.placement.restore();
}

void ThreadPool::wake_sleepers() {
    {
        const std::lock_guard lock(mutex_);
        for (Sleeper& sleeper : sleeping_) {
            if (sleeper.asleep) {
                sleeper.placement.keep_off_this_processor();
            }
        }
    }
    job_opened_.notify_all();
}

void ThreadPool::wait_for_workers() {
    const auto ready = [this] { return unpack(state_).active == 0; };
    if (!spin_until(ready, spin_for_workers)) {
        std::unique_lock lock(mutex_);
        workers_left_.wait(lock, ready);
    }
}

void ThreadPool::take_tasks(int index) noexcept {
    for (int i = 0; i < sharers_; ++i) {
        take_share((index + i) % sharers_);
    }
}

void ThreadPool::take_share(int index) noexcept {
    Share& share = shares_[static_cast<std::size_t>(index)];
    for (std::int64_t i = share.next++; i < share.end; i = share.next++) {
        try {
            (*task_)(i);
        } catch (...) {
            const std::lock_guard lock(failure_mutex_);
            if (!failure_) {
                failure_ = std::current_exception();
            }
        }
    }
}

}  // namespace convnet
