// Memory for outputs: poisoned with NaN, so that an element that is not written shows, between two guards, so that one
// written outside of it shows too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace testing_support {

template <class T>
class Guarded {
public:
    explicit Guarded(std::int64_t count) : memory_(static_cast<std::size_t>(2 * guard + count)) {
        std::fill(memory_.begin(), memory_.end(), static_cast<T>(guard_value));
        poison();
    }

    T* data() { return memory_.data() + guard; }
    std::span<const T> values() const {
        return {memory_.data() + guard, memory_.size() - 2 * static_cast<std::size_t>(guard)};
    }

    void poison() { std::fill(memory_.begin() + guard, memory_.end() - guard, std::numeric_limits<T>::quiet_NaN()); }

    bool guards_untouched() const {
        const auto untouched = [](T value) { return value == static_cast<T>(guard_value); };
        return std::all_of(memory_.begin(), memory_.begin() + guard, untouched) &&
               std::all_of(memory_.end() - guard, memory_.end(), untouched);
    }

private:
    static constexpr std::ptrdiff_t guard = 64;
    static constexpr int guard_value = -12345;
    std::vector<T> memory_;
};

}  // namespace testing_support
