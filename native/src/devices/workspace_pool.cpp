#include "devices/workspace_pool.hpp"

#include <algorithm>

#include "geometry/error.hpp"

namespace convnet {

WorkspacePool::Lease::~Lease() {
    if (memory_.data() != nullptr) {
        pool_->take_back(std::move(memory_));
    }
}

WorkspacePool::Lease WorkspacePool::lend(std::int64_t bytes) {
    if (bytes == 0) {
        return {*this, DeviceMemory()};
    }
    if (bytes > limit_bytes_) {
        throw Error(Status::out_of_memory, "workspace_limit_bytes",
                    text(bytes, " bytes of workspace are needed, but the device's limit is ", limit_bytes_,
                         "; open the device with a higher workspace limit"));
    }
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return lent_bytes_ + bytes <= limit_bytes_; });
    DeviceMemory memory = take_cached(bytes);
    if (memory.data() != nullptr) {
        count_lent(memory.bytes());
        return {*this, std::move(memory)};
    }
    if (lent_bytes_ + cached_bytes_ + bytes > limit_bytes_) {
        drop_cached();
    }
    count_lent(bytes);
    lock.unlock();  // when memory is short, the device trims this pool
    try {
        return {*this, DeviceMemory(device_, bytes)};
    } catch (...) {
        lock.lock();
        lent_bytes_ -= bytes;
        lock.unlock();
        returned_.notify_all();
        throw;
    }
}

// The smallest cached block that fits, or nothing.
DeviceMemory WorkspacePool::take_cached(std::int64_t bytes) {
    auto best = cached_.end();
    for (auto block = cached_.begin(); block != cached_.end(); ++block) {
        const bool fits = block->bytes() >= bytes && lent_bytes_ + block->bytes() <= limit_bytes_;
        if (fits && (best == cached_.end() || block->bytes() < best->bytes())) {
            best = block;
        }
    }
    if (best == cached_.end()) {
        return {};
    }
    DeviceMemory memory = std::move(*best);
    cached_.erase(best);
    cached_bytes_ -= memory.bytes();
    return memory;
}

void WorkspacePool::count_lent(std::int64_t bytes) noexcept {
    lent_bytes_ += bytes;
    peak_bytes_ = std::max(peak_bytes_, lent_bytes_);
}

std::int64_t WorkspacePool::drop_cached() noexcept {
    const std::int64_t freed = cached_bytes_;
    cached_.clear();
    cached_bytes_ = 0;
    return freed;
}

void WorkspacePool::take_back(DeviceMemory memory) noexcept {
    {
        const std::lock_guard lock(mutex_);
        lent_bytes_ -= memory.bytes();
        if (cached_.size() < cached_.capacity()) {
            cached_bytes_ += memory.bytes();
            cached_.push_back(std::move(memory));
        }
    }
    returned_.notify_all();
}

std::int64_t WorkspacePool::trim() noexcept {
    const std::lock_guard lock(mutex_);
    return drop_cached();
}

std::int64_t WorkspacePool::allocated_bytes() const {
    const std::lock_guard lock(mutex_);
    return lent_bytes_ + cached_bytes_;
}

std::int64_t WorkspacePool::peak_bytes() const {
    const std::lock_guard lock(mutex_);
    return peak_bytes_;
}

void WorkspacePool::reset_peak() {
    const std::lock_guard lock(mutex_);
    peak_bytes_ = lent_bytes_;
}

}  // namespace convnet
