// The biases that the rows or columns of a product begin with.
#pragma once

#include <array>

#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// Of the rows of one tile, or of its columns: all phases of a channel share its bias.
template <class T, std::size_t most = 8>
class Biases {
public:
    /// `bias` has one value for each target channel of all groups, or is null.
    Biases(const Sweep& sweep, const T* bias, std::int64_t group, std::int64_t row, std::int64_t rows)
        : any_(bias != nullptr) {
        if (!any_) {
            return;
        }
        const auto phases = static_cast<std::int64_t>(sweep.phases.size());
        const T* value = bias + group * sweep.target_channels + row / phases;
        std::int64_t phase = row % phases;
        for (std::int64_t r = 0; r < rows; ++r) {
            values_[static_cast<std::size_t>(r)] = *value;
            if (++phase == phases) {
                phase = 0;
                ++value;
            }
        }
    }

    const T* data() const { return any_ ? values_.data() : nullptr; }

private:
    bool any_;
    std::array<T, most> values_{};
};

constexpr std::size_t most_columns = 64, most_pair_rows = 12;  // of a tile

}  // namespace convnet::direct
