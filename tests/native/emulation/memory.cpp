#include "emulation/memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "geometry/error.hpp"

using namespace convnet;

namespace emulation {
namespace {

char* map(std::size_t size, int protection, int file) {
    void* const mapped = mmap(nullptr, size, protection, MAP_SHARED, file, 0);
    return mapped == MAP_FAILED ? nullptr : static_cast<char*>(mapped);
}

}  // namespace

Memory::Memory(std::int64_t bytes) : size_(bytes) {
    const auto size = static_cast<std::size_t>(bytes);
    const int file = memfd_create("emulated CUDA device", 0);
    if (file >= 0 && ftruncate(file, bytes) == 0) {
        device_ = map(size, PROT_NONE, file);
        shadow_ = map(size, PROT_READ | PROT_WRITE, file);
    }
    if (file >= 0) {
        ::close(file);
    }
    if (device_ == nullptr || shadow_ == nullptr) {
        throw Error(Status::device_error, "", "the emulated device found no memory");
    }
}

Memory::~Memory() {
    munmap(device_, static_cast<std::size_t>(size_));
    munmap(shadow_, static_cast<std::size_t>(size_));
}

void* Memory::allocate(std::int64_t bytes) {
    const std::int64_t rounded = (bytes + 255) / 256 * 256;
    const std::lock_guard lock(mutex_);
    std::int64_t begin = 0;
    for (const auto& [offset, block] : blocks_) {
        if (offset - begin >= rounded) {
            break;
        }
        begin = offset + block;
    }
    if (begin + rounded > size_) {
        return nullptr;
    }
    blocks_[begin] = rounded;
    return device_ + begin;
}

void Memory::deallocate(void* memory) {
    const std::lock_guard lock(mutex_);
    if (blocks_.erase(offset_of(memory)) == 0) {
        throw Error(Status::device_error, "", "memory was freed that was not allocated");
    }
}

std::int64_t Memory::offset_of(const void* memory) const {
    return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(memory) -
                                     reinterpret_cast<std::intptr_t>(device_));
}

void* Memory::open(const void* memory, std::int64_t bytes) {
    const std::int64_t offset = offset_of(memory);
    const std::lock_guard lock(mutex_);
    auto block = blocks_.upper_bound(offset);
    if (block == blocks_.begin() || offset + bytes > std::prev(block)->first + std::prev(block)->second) {
        throw Error(Status::device_error, "", text("an illegal memory access: ", bytes, " bytes at ", memory));
    }
    return shadow_ + offset;
}

std::int64_t Memory::used_bytes() {
    const std::lock_guard lock(mutex_);
    std::int64_t used = 0;
    for (const auto& [offset, block] : blocks_) {
        used += block;
    }
    return used;
}

Memory& memory() {
    static Memory only(std::int64_t{1} << 30);
    return only;
}

}  // namespace emulation
