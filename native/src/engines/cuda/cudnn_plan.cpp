#include "engines/cuda/cudnn_plan.hpp"

#include <algorithm>

#include "devices/cuda/cuda_plugin.hpp"
#include "devices/workspace_pool.hpp"
#include "diagnostics/log.hpp"
#include "geometry/error.hpp"

namespace convnet {
namespace {

// Memory to time algorithms with; none is an answer, not an error, so nothing is thrown through the plug-in.
void* allocate(void* device, std::int64_t bytes) {
    try {
        return static_cast<CudaDevice*>(device)->allocate(bytes);
    } catch (const Error&) {
        return nullptr;
    }
}

void deallocate(void* device, void* memory, std::int64_t bytes) {
    static_cast<CudaDevice*>(device)->deallocate(memory, bytes);
}

}  // namespace

cn_cudnn_limits cudnn_limits(const CudaDevice& device) {
    const CudaOptions& options = device.options();
    return {options.workspace_limit_bytes, options.deterministic ? 1 : 0, options.tf32 ? 1 : 0,
            options.autotune ? 1 : 0, 0};
}

CudnnPlan::CudnnPlan(const ConvolutionProblem& problem, CudaDevice& device)
    : problem_(problem), device_(device), cudnn_(*device.tables().cudnn) {
    const cn_cuda_problem p = cuda::to_plugin(problem);
    const cn_cudnn_limits limits = cudnn_limits(device);
    const cn_cuda_allocator allocator{&device, allocate, deallocate};
    cuda::invoke([&](cn_cuda_error* error) {
        return cudnn_.plan_create(device.index(), &p, &limits, &allocator, &plan_, error);
    });
}

CudnnPlan::~CudnnPlan() { cudnn_.plan_destroy(plan_); }

CudnnPlan::Algorithm CudnnPlan::algorithm(std::int32_t pass, std::int64_t most) const {
    Algorithm result;
    cuda::invoke([&](cn_cuda_error* error) {
        return cudnn_.plan_algorithm(plan_, pass, most, &result.name, &result.workspace_bytes, error);
    });
    return result;
}

CudnnPlan::Algorithm CudnnPlan::best(std::int32_t pass) const noexcept {
    try {
        return algorithm(pass, device_.options().workspace_limit_bytes);
    } catch (const Error&) {
        return {"none", 0};  // cuDNN has refused to run each that it promised
    }
}

Algorithms CudnnPlan::algorithms() const noexcept {
    return {best(CN_CUDA_FORWARD).name, best(CN_CUDA_BACKWARD_DATA).name, best(CN_CUDA_BACKWARD_FILTER).name};
}

std::int64_t CudnnPlan::workspace_bytes() const noexcept {
    return std::max({best(CN_CUDA_FORWARD).workspace_bytes, best(CN_CUDA_BACKWARD_DATA).workspace_bytes,
                     best(CN_CUDA_BACKWARD_FILTER).workspace_bytes});
}

template <class Function>
void CudnnPlan::run(std::int32_t pass, const Function& function) const {
    Algorithm taken = algorithm(pass, device_.options().workspace_limit_bytes);
    for (;;) {
        try {
            const auto workspace = device_.workspace().lend(taken.workspace_bytes);
            const cn_cudnn_launch launch{device_.stream(), workspace.data(), taken.workspace_bytes};
            return cuda::invoke([&](cn_cuda_error* error) { return function(&launch, error); });
        } catch (const Error& error) {
            if (error.status() != Status::out_of_memory || taken.workspace_bytes == 0) {
                throw;
            }
        }
        const Algorithm next = algorithm(pass, taken.workspace_bytes - 1);
        log::info("cuDNN's ", taken.name, " finds no ", taken.workspace_bytes, " bytes of workspace; ", next.name,
                  " takes its place with ", next.workspace_bytes);
        taken = next;
    }
}

// cuDNN rectifies forward, by a slope of 0, together with a bias. What it leaves is one kernel of the device.
template <class Function>
void CudnnPlan::run_and_finish(std::int32_t pass, const Epilogue& epilogue, const BiasExtents& extents, void* output,
                               const Function& function) const {
    const bool rectifies = epilogue.slope != 1;
    std::atomic<bool>& able = rectifies ? cudnn_rectifies_ : cudnn_adds_bias_;
    const bool asked =
        able && epilogue.bias != nullptr && (!rectifies || (epilogue.slope == 0 && pass == CN_CUDA_FORWARD));
    const cn_cuda_epilogue after =
        asked ? cn_cuda_epilogue{epilogue.bias, epilogue.slope} : cn_cuda_epilogue{nullptr, 1};
    try {
        run(pass, [&](const cn_cudnn_launch* launch, cn_cuda_error* error) { return function(launch, &after, error); });
        if (asked || !epilogue.any()) {
            return;
        }
    } catch (const Error& error) {
        if (error.status() != Status::unsupported || error.argument() != "epilogue") {
            throw;
        }
        able = false;
    }
    device_.add_bias(problem_.type, extents, output, epilogue.bias, epilogue.slope, output);
}

void CudnnPlan::forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const {
    run_and_finish(CN_CUDA_FORWARD, epilogue, {problem_.batch, problem_.out_channels, problem_.out_positions()}, y,
                   [&](const cn_cudnn_launch* launch, const cn_cuda_epilogue* after, cn_cuda_error* error) {
                       return cudnn_.forward(plan_, launch, x, w, after, y, error);
                   });
}

void CudnnPlan::backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const {
    run_and_finish(CN_CUDA_BACKWARD_DATA, epilogue, {problem_.batch, problem_.in_channels, problem_.in_positions()}, dx,
                   [&](const cn_cudnn_launch* launch, const cn_cuda_epilogue* after, cn_cuda_error* error) {
                       return cudnn_.backward_data(plan_, launch, dy, w, after, dx, error);
                   });
}

void CudnnPlan::backward_filter(const void* x, const void* dy, void* dw) const {
    run(CN_CUDA_BACKWARD_FILTER, [&](const cn_cudnn_launch* launch, cn_cuda_error* error) {
        return cudnn_.backward_filter(plan_, launch, x, dy, dw, error);
    });
}

}  // namespace convnet
