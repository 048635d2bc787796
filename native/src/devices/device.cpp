#include "devices/device.hpp"

#include "devices/workspace_pool.hpp"
#include "geometry/error.hpp"

namespace convnet {

Device::Device(std::int64_t workspace_limit_bytes, std::int64_t memory_limit_bytes)
    : memory_limit_bytes_(memory_limit_bytes),
      workspace_(std::make_unique<WorkspacePool>(*this, workspace_limit_bytes)) {}

Device::~Device() = default;

void* Device::allocate(std::int64_t bytes) {
    void* memory = try_allocate(bytes);
    if (memory == nullptr && workspace_->trim() > 0) {
        memory = try_allocate(bytes);
    }
    if (memory == nullptr) {
        const std::string limit = memory_limit_bytes_ == 0
                                      ? text("the system has no more")
                                      : text("the device's limit is ", memory_limit_bytes_, " bytes");
        throw Error(Status::out_of_memory, "",
                    text(bytes, " bytes of memory were asked for with ", memory_bytes(), " bytes in use, but ", limit,
                         "; use smaller shapes, free blobs and layers, or raise the limit"));
    }
    live::bytes += bytes;
    return memory;
}

void* Device::try_allocate(std::int64_t bytes) noexcept {
    const std::int64_t in_use = memory_bytes_.fetch_add(bytes) + bytes;
    const bool within_limit = memory_limit_bytes_ == 0 || in_use <= memory_limit_bytes_;
    void* memory = within_limit ? allocate_raw(bytes) : nullptr;
    if (memory == nullptr) {
        memory_bytes_ -= bytes;
    }
    return memory;
}

void Device::deallocate(void* memory, std::int64_t bytes) noexcept {
    if (memory == nullptr) {
        return;
    }
    deallocate_raw(memory);
    memory_bytes_ -= bytes;
    live::bytes -= bytes;
}

std::int64_t Device::trim() { return workspace_->trim(); }

void Device::release_workspace() noexcept { workspace_->trim(); }

}  // namespace convnet
