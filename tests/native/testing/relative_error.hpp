// Results of float beside exact ones of double: numbers that both compute with, and how far they are apart.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "testing/random.hpp"

namespace testing_support {

/// Random numbers that are drawn as float, so that a double reference computes with the same ones.
template <class T>
std::vector<T> drawn_as_float(std::int64_t count, SplitMix64& random) {
    const auto values = filled<float>(count, Fill::random, random);
    return {values.begin(), values.end()};
}

/// The quotient of Euclidean norms that the default accuracy promises a limit for.
inline double relative_error(const std::vector<float>& values, const std::vector<double>& exact) {
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double difference = static_cast<double>(values[i]) - exact[i];
        error += difference * difference;
        norm += exact[i] * exact[i];
    }
    return std::sqrt(error / norm);
}

}  // namespace testing_support
