// How far results are from exact ones: the quotient of Euclidean norms that the default accuracy promises a limit for.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace testing_support {

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
