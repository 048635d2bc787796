// Where a sleeping thread wakes up. A virtual machine's idle processors often look busy to the scheduler, which then
// wakes a thread on the processor of the one that wakes it, and lets it wait there for milliseconds.
#pragma once

#include <memory>

namespace convnet {

/// Of one thread, which calls prepare() and restore(); nothing where the system does not tell processors apart.
class WakePlacement {
public:
    WakePlacement();
    ~WakePlacement();

    /// Before the thread sleeps.
    void prepare() noexcept;

    /// By the one that wakes it, before it does, and again for a thread that has slept on: it may wake on any of its
    /// processors but this one.
    void keep_off_this_processor() noexcept;

    /// After the thread has woken: it may run on all of its processors again.
    void restore() noexcept;

private:
    struct Processors;
    const std::unique_ptr<Processors> processors_;
};

}  // namespace convnet
