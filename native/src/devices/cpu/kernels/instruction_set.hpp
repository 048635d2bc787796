// Chooses the kernels of this processor, once.
#pragma once

#include "devices/cpu/kernels/depthwise_kernels.hpp"
#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/winograd_kernels.hpp"

namespace convnet::cpu {

/// The kernels of the newest instruction set that the processor has, or of the one that the environment variable
/// CONVNET_CPU_ISA names. Throws an Error that lists what there is when that one is unknown or not there.
template <class T>
const Kernels<T>& kernels();

template <class T>
const WinogradKernels<T>& winograd_kernels();

template <class T>
const DepthwiseKernels<T>& depthwise_kernels();

/// Its name, for example "avx512".
const char* instruction_set();

}  // namespace convnet::cpu
