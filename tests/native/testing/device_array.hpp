// An array on a device between two guards, so that an element that is written outside of it shows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "devices/device_memory.hpp"

namespace testing_support {

template <class T>
class DeviceArray {
public:
    DeviceArray(convnet::Device& device, const std::vector<T>& values)
        : device_(&device), memory_(device, static_cast<std::int64_t>(values.size() * sizeof(T) + 2 * guard)) {
        std::vector<std::byte> image(static_cast<std::size_t>(memory_.bytes()), guard_value);
        std::memcpy(image.data() + guard, values.data(), values.size() * sizeof(T));
        device.copy_from_host(memory_.data(), image.data(), memory_.bytes());
    }

    /// Poisoned with NaN, so that an element that is not written shows.
    DeviceArray(convnet::Device& device, std::int64_t count) : DeviceArray(device, poisoned(count)) {}

    T* data() const { return reinterpret_cast<T*>(static_cast<std::byte*>(memory_.data()) + guard); }

    std::vector<T> values() const {
        const std::vector<std::byte> image = read();
        std::vector<T> result((image.size() - 2 * guard) / sizeof(T));
        std::memcpy(result.data(), image.data() + guard, result.size() * sizeof(T));
        return result;
    }

    bool guards_untouched() const {
        const std::vector<std::byte> image = read();
        const auto untouched = [](std::byte value) { return value == guard_value; };
        return std::all_of(image.begin(), image.begin() + guard, untouched) &&
               std::all_of(image.end() - guard, image.end(), untouched);
    }

    /// All bits set: NaN in every type.
    static std::vector<T> poisoned(std::int64_t count) {
        std::vector<T> values(static_cast<std::size_t>(count));
        std::memset(static_cast<void*>(values.data()), 0xff, values.size() * sizeof(T));
        return values;
    }

private:
    static constexpr std::ptrdiff_t guard = 256;
    static constexpr std::byte guard_value{0xa5};

    std::vector<std::byte> read() const {
        std::vector<std::byte> image(static_cast<std::size_t>(memory_.bytes()));
        device_->copy_to_host(image.data(), memory_.data(), memory_.bytes());
        return image;
    }

    convnet::Device* device_;
    convnet::DeviceMemory memory_;
};

}  // namespace testing_support
