// Batched matrix products on the CPU: blocks of C shared among threads.
#pragma once

#include "devices/cpu/thread_pool.hpp"
#include "devices/gemm_arguments.hpp"

namespace convnet::cpu {

void gemm(ThreadPool& pool, const GemmArguments& arguments);

}  // namespace convnet::cpu
