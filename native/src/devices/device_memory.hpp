// Memory of a device that frees itself.
#pragma once

#include <cstdint>
#include <utility>

#include "devices/device.hpp"

namespace convnet {

class DeviceMemory {
public:
    DeviceMemory() = default;
    DeviceMemory(Device& device, std::int64_t bytes) : device_(&device), data_(device.allocate(bytes)), bytes_(bytes) {}
    DeviceMemory(DeviceMemory&& other) noexcept { swap(other); }
    DeviceMemory& operator=(DeviceMemory&& other) noexcept {
        DeviceMemory(std::move(other)).swap(*this);
        return *this;
    }
    ~DeviceMemory() {
        if (device_ != nullptr) {
            device_->deallocate(data_, bytes_);
        }
    }

    void* data() const noexcept { return data_; }
    std::int64_t bytes() const noexcept { return bytes_; }

private:
    void swap(DeviceMemory& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
    }

    Device* device_ = nullptr;
    void* data_ = nullptr;
    std::int64_t bytes_ = 0;
};

}  // namespace convnet
