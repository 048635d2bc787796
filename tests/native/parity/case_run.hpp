// Runs one case on the layers of the core and compares it with the golden file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "geometry/convolution_options.hpp"
#include "geometry/data_type.hpp"
#include "parity/case.hpp"
#include "parity/golden.hpp"

namespace parity {

struct CaseResult {
    std::vector<std::string> failures;
    std::uint64_t digest = 0;          ///< FNV-1a of the bytes of every output and gradient.
    double worst_error = 0;            ///< Largest error in units of eps * sqrt(terms) * magnitude.
    std::vector<std::string> engines;  ///< The names of those that computed, one a step; none for im2col.
};

/// How many of those units an element may be off.
inline constexpr double error_bound = 1;

/// On a GPU with types of 16 bits, inputs and outputs are rounded too: units of eps * magnitude.
inline constexpr double half_error_bound = 3;

/// Where and how a case is computed.
struct Target {
    std::string engine = "auto";
    bool cuda = false;
    convnet::DataType type = convnet::DataType::float32;  ///< Of 16 bits, or else that of the case is taken.
    convnet::TensorLayout layout = convnet::TensorLayout::channels_first;  ///< Of bottoms, tops and their gradients.
    bool autotune = false;  ///< Of a CUDA device, whose cuDNN then computes by its graph API where that is faster.
};

/// Opening a GPU takes longer than most cases, so those that cases ran on stay open until this.
void close_cuda_devices();

CaseResult run_case(const Case& c, const Target& target, const std::vector<GoldenTensor>& golden);

}  // namespace parity
