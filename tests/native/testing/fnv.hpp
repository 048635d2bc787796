// FNV-1a with 64 bits: a digest that is a few lines in any language.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace testing_support {

class Fnv1a {
public:
    template <class T>
    void add(std::span<const T> values) {
        for (const std::byte byte : std::as_bytes(values)) {
            hash_ = (hash_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001B3U;
        }
    }

    std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace testing_support
