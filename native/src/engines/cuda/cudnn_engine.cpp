#include "engines/cuda/cudnn_engine.hpp"

#include "devices/cuda/cuda_plugin.hpp"
#include "engines/cuda/cudnn_plan.hpp"
#include "geometry/text.hpp"

namespace convnet {

bool CudnnEngine::supports(const ConvolutionProblem& problem, Device& device, std::string& why) const {
    if (device.type() != DeviceType::cuda) {
        why = "it is for CUDA devices";
        return false;
    }
    const auto& cuda_device = static_cast<const CudaDevice&>(device);
    const cn_cuda_problem p = cuda::to_plugin(problem);
    const cn_cudnn_limits limits = cudnn_limits(problem, cuda_device);
    if (limits.workspace_limit_bytes < 0) {
        why = text("with channels last the gradient of the weights takes workspace as large as they are, and ",
                   -limits.workspace_limit_bytes, " bytes are missing to that; raise the device's workspace limit");
        return false;
    }
    std::int32_t supported = 0;
    char reason[1024] = "";
    cuda::invoke([&](cn_cuda_error* error) {
        return cuda_device.tables().cudnn->supports(device.index(), &p, &limits, &supported, reason, sizeof reason,
                                                    error);
    });
    if (supported == 0) {
        why = reason;
    }
    return supported != 0;
}

std::unique_ptr<const Plan> CudnnEngine::plan(const ConvolutionProblem& problem, Device& device) const {
    return std::make_unique<CudnnPlan>(problem, static_cast<CudaDevice&>(device));
}

}  // namespace convnet
