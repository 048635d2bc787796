// im2col and col2im on the CPU.
#pragma once

#include "devices/cpu/thread_pool.hpp"
#include "devices/device.hpp"

namespace convnet::cpu {

void im2col(ThreadPool& pool, const ConvolutionProblem& problem, const ColumnTile& tile, const void* x, void* columns);

void col2im(ThreadPool& pool, const ConvolutionProblem& problem, const ColumnTile& tile, const void* columns, void* x,
            bool accumulate);

}  // namespace convnet::cpu
