// The numbers that tests are filled with; tests/parity/README.md specifies them.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace testing_support {

/// SplitMix64 (Steele, Lea and Flood, 2014).
class SplitMix64 {
public:
    explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

enum class Fill { integer, random };

/// Small integers, of which three in eight are zero: no sum of fewer than a million products of them is rounded.
inline double next_integer(SplitMix64& random) {
    static constexpr std::array<double, 8> values{0, 0, 0, 1, -1, 2, -2, 3};
    return values[random.next() >> 61];
}

/// Uniform in [-1, 1), with as many random bits as `T` takes without rounding.
template <class T>
T next_random(SplitMix64& random) {
    if constexpr (std::is_same_v<T, float>) {
        return static_cast<float>(random.next() >> 40) * 0x1p-23F - 1;
    } else {
        return static_cast<double>(random.next() >> 11) * 0x1p-52 - 1;
    }
}

template <class T>
void fill(std::vector<T>& values, Fill fill, SplitMix64& random) {
    for (T& value : values) {
        value = fill == Fill::integer ? static_cast<T>(next_integer(random)) : next_random<T>(random);
    }
}

template <class T>
std::vector<T> filled(std::int64_t count, Fill how, SplitMix64& random) {
    std::vector<T> values(static_cast<std::size_t>(count));
    fill(values, how, random);
    return values;
}

template <class T>
std::vector<double> to_double(const std::vector<T>& values) {
    return {values.begin(), values.end()};
}

}  // namespace testing_support
