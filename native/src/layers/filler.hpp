// Rules that give a parameter its first values.
#pragma once

#include <cstdint>

#include "layers/blob.hpp"

namespace convnet {

enum class FillerType : std::int32_t { constant, uniform, gaussian, positive_unitball, xavier, msra, bilinear };
enum class VarianceNorm : std::int32_t { fan_in, fan_out, average };

/// Caffe's defaults. Only the numbers that the type needs are read.
struct Filler {
    FillerType type = FillerType::constant;
    VarianceNorm variance_norm = VarianceNorm::fan_in;
    int sparse = -1;
    double value = 0, min = 0, max = 1, mean = 0, std = 1;
    std::uint64_t seed = 0;
};

/// Fills the data of a blob. The same seed gives the same values on every machine and device.
void fill(Blob& blob, const Filler& filler);

}  // namespace convnet
