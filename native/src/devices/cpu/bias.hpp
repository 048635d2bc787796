// The bias step on the CPU.
#pragma once

#include "devices/cpu/thread_pool.hpp"
#include "devices/device.hpp"

namespace convnet::cpu {

void add_bias(ThreadPool& pool, DataType type, const BiasExtents& extents, const void* x, const void* bias, void* y);

void sum_bias(ThreadPool& pool, DataType type, const BiasExtents& extents, const void* dy, void* gradient);

}  // namespace convnet::cpu
