// The CUDA plug-in, as the core sees it.
#pragma once

#include <string>
#include <vector>

#include "plugin/cuda_api.h"

namespace convnet::cuda {

/// The tables of libconvnet_cuda, which the first call loads: the file that the environment variable CONVNET_CUDA_PLUGIN
/// names, else the one beside this library, else where the system looks. Throws `unsupported` that says what was tried
/// and how to mend it; the next call tries again.
const cn_cuda_tables& plugin();

/// Every CUDA device, in CUDA's order.
struct Properties {
    std::string name;
    std::int64_t memory_bytes = 0;
    int capability_major = 0, capability_minor = 0, multiprocessors = 0;
    int driver_version = 0, runtime_version = 0;  ///< As CUDA counts: 12040 is 12.4.
};
const std::vector<Properties>& devices();

/// One of them. Throws `unsupported` when there are none, and names an index that is not theirs.
const Properties& device(int index);

/// The cuDNN that the plug-in found, or why it found none.
const cn_cudnn_library& cudnn();

/// Throws the Error that a status and its text say.
[[noreturn]] void raise(std::int32_t status, const cn_cuda_error& error);

/// Calls a function of the plug-in: `call` is given where the error goes, and returns the status.
template <class Call>
void invoke(const Call& call) {
    cn_cuda_error error;
    error.argument[0] = error.message[0] = '\0';
    const std::int32_t status = call(&error);
    if (status != 0) {
        raise(status, error);
    }
}

}  // namespace convnet::cuda
