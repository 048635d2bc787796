// The memory of the emulated device. It is mapped twice: at the addresses that the library sees nobody may read or
// write, so that a test ends with a fault where the library takes device memory for its own.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

namespace emulation {

class Memory {
public:
    explicit Memory(std::int64_t bytes);
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory();

    /// Aligned to 256 bytes; null when there is not enough in one piece.
    void* allocate(std::int64_t bytes);

    /// Throws unless it was allocated.
    void deallocate(void* memory);

    /// Where the emulation finds `bytes` at a device address. Throws unless all of them are allocated.
    void* open(const void* memory, std::int64_t bytes);

    std::int64_t used_bytes();
    std::int64_t size() const noexcept { return size_; }

private:
    std::int64_t offset_of(const void* memory) const;

    const std::int64_t size_;
    char* device_ = nullptr;
    char* shadow_ = nullptr;
    std::mutex mutex_;
    std::map<std::int64_t, std::int64_t> blocks_;  // from offset to size
};

/// That of the one device there is.
Memory& memory();

}  // namespace emulation
