// One task of a sweep: the columns of a few panels times a block of rows of the packed weights.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/runs.hpp"
#include "engines/direct/sweep_blocks.hpp"
#include "engines/direct/target_epilogue.hpp"

namespace convnet::direct {

template <class T>
struct SweepArguments {
    const T* source;
    const T* packed;
    T* target;
    TargetEpilogue<T> epilogue;
    T* shared;  ///< The columns of all panels, when they are gathered once.
};

/// How many tasks gather the shared columns, before those of run_task().
std::int64_t gather_tasks(const Sweep& sweep, const SweepBlocks& blocks);

template <class T>
void run_gather_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const SweepBlocks& blocks, std::int64_t task,
                     const SweepArguments<T>& arguments);

/// The same thread probably runs the next task too.
template <class T>
void run_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const SweepBlocks& blocks, std::int64_t task,
              const SweepArguments<T>& arguments, T* scratch);

}  // namespace convnet::direct
