// Batched matrix products on the CPU: blocks of C shared among threads.
#pragma once

#include "devices/cpu/thread_pool.hpp"
#include "devices/gemm_arguments.hpp"

namespace convnet::cpu {

void gemm(ThreadPool& pool, const GemmArguments& arguments);

/// As Device says.
std::int64_t packed_b_bytes(const GemmArguments& arguments);
void pack_b(ThreadPool& pool, const GemmArguments& arguments, void* packed);

}  // namespace convnet::cpu
