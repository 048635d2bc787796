// One line of tests/parity/cases.txt; the README beside it explains the fields.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "reference/reference.hpp"
#include "testing/random.hpp"

namespace parity {

enum class LayerKind { convolution, deconvolution, im2col };

struct Case {
    std::string name;
    LayerKind layer = LayerKind::convolution;
    bool is_double = false;
    std::vector<std::int64_t> shape, then;
    std::int64_t num_output = 0, group = 1;
    std::vector<std::int64_t> kernel, stride, pad, dilation;
    std::int64_t kernel_h = 0, kernel_w = 0, stride_h = 0, stride_w = 0, pad_h = 0, pad_w = 0;
    int axis = 1, bottoms = 1, calls = 1, threads = 2;
    bool bias = true, force_nd = false, weights_frozen = false, bias_frozen = false;
    std::vector<std::uint8_t> propagate;  ///< One per bottom, or empty for all.
    testing_support::Fill fill = testing_support::Fill::integer;
    std::uint64_t seed = 0;
    std::int64_t workspace = 0;
    std::optional<float> slope;                ///< The negative slope of a ReLU; none without an activation.
    std::vector<std::string> engines{"auto"};  ///< Each of which runs the case.

    bool has_parameters() const { return layer != LayerKind::im2col; }
    bool propagates(int bottom) const { return propagate.empty() || propagate[static_cast<std::size_t>(bottom)] != 0; }

    /// The shapes that the bottoms have, one after the other.
    std::vector<std::vector<std::int64_t>> steps() const;

    /// What the layer is for a bottom of `bottom`.
    reference::Problem problem(const std::vector<std::int64_t>& bottom) const;
    std::vector<std::int64_t> top_shape(const std::vector<std::int64_t>& bottom) const;
    std::int64_t weights_count() const;
};

std::int64_t count(const std::vector<std::int64_t>& shape);

/// All cases of a file. Throws std::runtime_error that names the line.
std::vector<Case> read_cases(const std::string& path);

/// FNV-1a of the bytes of a file.
std::uint64_t file_hash(const std::string& path);

/// How GoogleTest shows a case.
std::ostream& operator<<(std::ostream& out, const Case& shown);

}  // namespace parity
