// Takes the results of a panel from scratch memory to where they belong.
#pragma once

#include <span>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/runs.hpp"

namespace convnet::direct {

/// Index of the first element of the target row that `outer` goes to in a phase, or -1 beyond the edge.
std::int64_t target_row(const Sweep& sweep, const Phase& phase, std::int64_t outer);

/// Rows [first_row, end_row) of the product, (channel, phase) each, for the positions in `rows` of the panel. Up to a
/// vector behind the results is read.
template <class T>
void store_panel(const cpu::Kernels<T>& kernels, const Sweep& sweep, std::span<const PanelRow> rows, std::int64_t group,
                 std::int64_t first_row, std::int64_t end_row, const T* results, std::int64_t row_stride, T* target);

}  // namespace convnet::direct
