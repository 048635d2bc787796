// Counts of what is alive in the process, so that a leak is a number.
#pragma once

#include <atomic>
#include <cstdint>

namespace convnet::live {

inline std::atomic<std::int64_t> devices{0}, blobs{0}, layers{0}, handles{0}, bytes{0};

/// A member of this type counts the object that holds it. Copies count too.
template <std::atomic<std::int64_t>& counter>
class Counted {
public:
    Counted() noexcept { ++counter; }
    Counted(const Counted&) noexcept { ++counter; }
    Counted& operator=(const Counted&) noexcept = default;
    ~Counted() { --counter; }
};

}  // namespace convnet::live
