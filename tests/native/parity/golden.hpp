// The golden file: what the reference computed for every case, in the order in which the layers give it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace parity {

/// One output or gradient. An element may differ from `value` by a multiple of `magnitude`, the sum of the absolute
/// values of its `terms` products (the most of all elements).
struct GoldenTensor {
    std::vector<double> value, magnitude;
    std::uint64_t terms = 0;
};

struct GoldenFile {
    std::uint64_t cases_hash = 0;
    std::map<std::string, std::vector<GoldenTensor>> cases;
};

void write_golden(const std::string& path, const GoldenFile& file);
GoldenFile read_golden(const std::string& path);

}  // namespace parity
