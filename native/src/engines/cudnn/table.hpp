// The cuDNN engine as the CUDA plug-in offers it. The sources beside this file are part of the plug-in, not of the core.
#pragma once

#include "plugin/cuda_api.h"

namespace convnet::cudnn {

const cn_cudnn_table& table() noexcept;

}  // namespace convnet::cudnn
