// The bias step on the CPU, and the activation behind it.
#pragma once

#include "devices/cpu/thread_pool.hpp"
#include "devices/device.hpp"

namespace convnet::cpu {

void add_bias(ThreadPool& pool, DataType type, const BiasExtents& extents, const void* x, const void* bias,
              double slope, void* y);

void sum_bias(ThreadPool& pool, DataType type, const BiasExtents& extents, const void* dy, void* gradient);

void rectify_gradient(ThreadPool& pool, DataType type, std::int64_t count, const void* y, const void* dy, double slope,
                      void* dx);

}  // namespace convnet::cpu
