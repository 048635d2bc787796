// One task of a sweep: the columns of a few panels times a block of rows of the packed weights.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/runs.hpp"
#include "engines/direct/sweep_blocks.hpp"

namespace convnet::direct {

template <class T>
struct SweepArguments {
    const T* source;
    const T* packed;
    T* target;
    const T* bias;  ///< One value for each target channel of all groups, or null.
    T slope;        ///< Of the activation; 1 for none.
};

template <class T>
void run_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const SweepBlocks& blocks, std::int64_t task,
              const SweepArguments<T>& arguments, T* scratch);

}  // namespace convnet::direct
