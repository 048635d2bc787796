// The scratch memory of a device: lent for one operation at a time, kept for the next, never more than a limit.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "devices/device_memory.hpp"

namespace convnet {

class WorkspacePool {
public:
    WorkspacePool(Device& device, std::int64_t limit_bytes) : device_(device), limit_bytes_(limit_bytes) {
        cached_.reserve(most_cached);
    }

    /// Memory lent until this object goes.
    class Lease {
    public:
        Lease(WorkspacePool& pool, DeviceMemory memory) : pool_(&pool), memory_(std::move(memory)) {}
        Lease(Lease&&) = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();

        void* data() const noexcept { return memory_.data(); }

    private:
        WorkspacePool* pool_;
        DeviceMemory memory_;
    };

    /// Lends `bytes`, at most the limit. Waits while operations on other threads hold too much of it; an operation
    /// takes one lease, so they cannot wait for each other.
    Lease lend(std::int64_t bytes);

    /// Frees what is not lent and returns how many bytes that was.
    std::int64_t trim() noexcept;

    std::int64_t limit_bytes() const noexcept { return limit_bytes_; }
    std::int64_t allocated_bytes() const;
    std::int64_t peak_bytes() const;
    void reset_peak();

private:
    /// Blocks kept for later; room for them is reserved, so that taking one back never allocates.
    static constexpr std::size_t most_cached = 64;

    void take_back(DeviceMemory memory) noexcept;
    DeviceMemory take_cached(std::int64_t bytes);
    void count_lent(std::int64_t bytes) noexcept;
    std::int64_t drop_cached() noexcept;

    Device& device_;
    const std::int64_t limit_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<DeviceMemory> cached_;
    std::int64_t cached_bytes_ = 0, lent_bytes_ = 0, peak_bytes_ = 0;
};

}  // namespace convnet
