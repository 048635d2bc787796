// The fake cuDNN under the plug-in's own engine, computing in the emulated device's memory.
#pragma once

#include <cstdint>

namespace emulation {

/// Bytes of workspace that the fake's better algorithm of each pass wants; the other wants none, so that the way from one
/// to the next is walked when memory is short.
inline constexpr std::int64_t fast_workspace = 1 << 16;

/// Makes the engine find the fake, unless CONVNET_CUDNN says otherwise. To be called before the engine is used.
void install_cudnn();

}  // namespace emulation
