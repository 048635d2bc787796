// The extents of a tensor, outermost first.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace convnet {

inline constexpr int max_axes = 32;

class Shape {
public:
    Shape() = default;

    /// Checks that there are at most `max_axes` extents, each 1 or more, whose product times 8 bytes fits 64 bits.
    explicit Shape(std::span<const std::int64_t> extents, const char* argument = "shape");
    Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}

    int rank() const noexcept { return static_cast<int>(extents_.size()); }
    std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
    std::span<const std::int64_t> extents() const noexcept { return extents_; }

    /// Product of all extents; 1 for rank 0.
    std::int64_t count() const noexcept { return count_; }

    /// Product of the extents of axes [begin, end).
    std::int64_t count(int begin, int end) const;

    /// Turns an axis that may count from the end into one that counts from the front.
    int canonical_axis(int axis, const char* argument = "axis") const;

    /// "2x3x6x4", or "scalar" for rank 0.
    std::string to_string() const;

    bool operator==(const Shape& other) const noexcept { return extents_ == other.extents_; }
    bool operator==(std::span<const std::int64_t> other) const noexcept;

private:
    std::vector<std::int64_t> extents_;
    std::int64_t count_ = 1;
};

std::string to_string(std::span<const std::int64_t> extents);

}  // namespace convnet
