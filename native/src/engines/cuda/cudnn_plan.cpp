#include "engines/cuda/cudnn_plan.hpp"

#include <algorithm>

#include "devices/cuda/cuda_plugin.hpp"
#include "devices/workspace_pool.hpp"
#include "diagnostics/log.hpp"
#include "geometry/arithmetic.hpp"
#include "geometry/error.hpp"
#include "plugin/alignment.hpp"

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

/// Bytes of weights in the order in which cuDNN reads them with channels last, [outputs, taps, channels]; 0 where that
/// is the order in which they are. Rounded up to what workspace is aligned to.
std::int64_t turned_bytes(const ConvolutionProblem& p) {
    constexpr std::int64_t alignment = 256;
    if (!p.channels_last() || p.taps() == 1 || p.in_channels_per_group() == 1) {
        return 0;
    }
    const std::int64_t bytes = p.out_channels * p.column_rows_per_group() * static_cast<std::int64_t>(size_of(p.type));
    return ceil_divide(bytes, alignment) * alignment;
}

/// Each output's weights, [channels, taps] or [taps, channels], turned into the other.
cn_cuda_transpose turn(const ConvolutionProblem& p, std::int64_t rows, bool accumulate) {
    return {static_cast<std::int32_t>(p.type), accumulate ? 1 : 0, p.out_channels, rows,
            p.column_rows_per_group() / rows};
}

}  // namespace

// The gradient of weights that are turned takes workspace of its own.
cn_cudnn_limits cudnn_limits(const ConvolutionProblem& problem, const CudaDevice& device) {
    const CudaOptions& options = device.options();
    return {options.workspace_limit_bytes - turned_bytes(problem), options.deterministic ? 1 : 0, options.tf32 ? 1 : 0,
            options.autotune ? 1 : 0, turned_bytes(problem) > 0 ? 1 : 0};
}

CudnnPlan::CudnnPlan(const ConvolutionProblem& problem, CudaDevice& device)
    : problem_(problem), device_(device), cudnn_(*device.tables().cudnn), limits_(cudnn_limits(problem, device)) {
    const cn_cuda_problem p = cuda::to_plugin(problem);
    cuda::invoke([&](cn_cuda_error* error) { return cudnn_.plan_create(device.index(), &p, &limits_, &plan_, error); });
}

CudnnPlan::~CudnnPlan() { cudnn_.plan_destroy(plan_); }

std::int64_t CudnnPlan::prepared_bytes(WeightUse) const noexcept { return turned_bytes(problem_); }

void CudnnPlan::prepare(WeightUse, const void* w, void* prepared) const {
    device_.transpose(turn(problem_, problem_.in_channels_per_group(), false), w, prepared);
}

CudnnPlan::Algorithm CudnnPlan::algorithm(const Work& work, std::int64_t most) const {
    Algorithm result;
    cuda::invoke([&](cn_cuda_error* error) {
        return cudnn_.plan_algorithm(plan_, work.pass, work.epilogue, work.aligned ? 1 : 0, most, &result.name,
                                     &result.workspace_bytes, error);
    });
    return result;
}

CudnnPlan::Algorithm CudnnPlan::best(const Work& work) const noexcept {
    try {
        return algorithm(work, limits_.workspace_limit_bytes);
    } catch (const Error&) {
        return {"none", 0};  // cuDNN has refused to run each that it promised
    }
}

const char* CudnnPlan::name_of(std::int32_t pass) const noexcept {
    const char* const ran = ran_[static_cast<std::size_t>(pass)];
    return ran != nullptr ? ran : best({pass, CN_CUDA_NO_EPILOGUE, true}).name;
}

Algorithms CudnnPlan::algorithms() const noexcept {
    return {name_of(CN_CUDA_FORWARD), name_of(CN_CUDA_BACKWARD_DATA), name_of(CN_CUDA_BACKWARD_FILTER)};
}

std::int64_t CudnnPlan::workspace_bytes_of(std::int32_t pass) const noexcept {
    std::int64_t most = 0;
    for (const std::int32_t epilogue : {CN_CUDA_NO_EPILOGUE, CN_CUDA_BIAS, CN_CUDA_BIAS_AND_RELU}) {
        if (epilogue == CN_CUDA_NO_EPILOGUE || pass != CN_CUDA_BACKWARD_FILTER) {
            most = std::max(most, best({pass, epilogue, true}).workspace_bytes);
        }
    }
    return most;
}

std::int64_t CudnnPlan::workspace_bytes() const noexcept {
    return std::max({workspace_bytes_of(CN_CUDA_FORWARD), workspace_bytes_of(CN_CUDA_BACKWARD_DATA),
                     workspace_bytes_of(CN_CUDA_BACKWARD_FILTER) + turned_bytes(problem_)});
}

template <class Function>
void CudnnPlan::run(const Work& work, std::int64_t scratch_bytes, const Function& function) const {
    if (limits_.autotune != 0) {
        const cn_cuda_allocator allocator{&device_, allocate, deallocate};
        cuda::invoke([&](cn_cuda_error* error) {
            return cudnn_.plan_tune(plan_, work.pass, work.epilogue, &allocator, device_.stream(), error);
        });
    }
    Algorithm taken = algorithm(work, limits_.workspace_limit_bytes);
    for (;;) {
        try {
            const char* name = nullptr;
            const auto memory = device_.workspace().lend(scratch_bytes + taken.workspace_bytes);
            const cn_cudnn_launch launch{device_.stream(), static_cast<std::byte*>(memory.data()) + scratch_bytes,
                                         taken.workspace_bytes, &name};
            cuda::invoke([&](cn_cuda_error* error) { return function(&launch, memory.data(), error); });
            ran_[static_cast<std::size_t>(work.pass)] = name;
            return;
        } catch (const Error& error) {
            if (error.status() == Status::unsupported && error.argument().empty() &&
                best(work).workspace_bytes > taken.workspace_bytes) {
                taken = best(work);  // all that fit into what was lent were refused
                continue;
            }
            if (error.status() != Status::out_of_memory || taken.workspace_bytes == 0) {
                throw;
            }
        }
        const Algorithm next = algorithm(work, taken.workspace_bytes - 1);
        log::info("cuDNN's ", taken.name, " finds no ", taken.workspace_bytes, " bytes of workspace; ", next.name,
                  " takes its place with ", next.workspace_bytes);
        taken = next;
    }
}

// cuDNN rectifies by a slope of 0, together with a bias. What it leaves is one kernel of the device.
template <class Function>
void CudnnPlan::run_and_finish(std::int32_t pass, const Epilogue& epilogue, const BiasExtents& extents, bool aligned,
                               void* output, const Function& function) const {
    const bool rectifies = epilogue.slope != 1;
    std::atomic<bool>& able = rectifies ? cudnn_rectifies_ : cudnn_adds_bias_;
    const bool asked = able && epilogue.bias != nullptr && (!rectifies || epilogue.slope == 0);
    const cn_cuda_epilogue after =
        asked ? cn_cuda_epilogue{epilogue.bias, epilogue.slope} : cn_cuda_epilogue{nullptr, 1};
    const std::int32_t kind = !asked ? CN_CUDA_NO_EPILOGUE : rectifies ? CN_CUDA_BIAS_AND_RELU : CN_CUDA_BIAS;
    try {
        run({pass, kind, aligned && plugin::are_aligned({after.bias})}, 0,
            [&](const cn_cudnn_launch* launch, void*, cn_cuda_error* error) {
                return function(launch, &after, error);
            });
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
    run_and_finish(CN_CUDA_FORWARD, epilogue,
                   bias_extents(problem_.layout, problem_.batch, problem_.out_channels, problem_.out_positions()),
                   plugin::are_aligned({x, w, y}), y,
                   [&](const cn_cudnn_launch* launch, const cn_cuda_epilogue* after, cn_cuda_error* error) {
                       return cudnn_.forward(plan_, launch, x, w, after, y, error);
                   });
}

void CudnnPlan::backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const {
    run_and_finish(CN_CUDA_BACKWARD_DATA, epilogue,
                   bias_extents(problem_.layout, problem_.batch, problem_.in_channels, problem_.in_positions()),
                   plugin::are_aligned({dy, w, dx}), dx,
                   [&](const cn_cudnn_launch* launch, const cn_cuda_epilogue* after, cn_cuda_error* error) {
                       return cudnn_.backward_data(plan_, launch, dy, w, after, dx, error);
                   });
}

void CudnnPlan::backward_filter(const void* x, const void* dy, void* dw) const {
    const std::int64_t turned = turned_bytes(problem_);
    const Work work{CN_CUDA_BACKWARD_FILTER, CN_CUDA_NO_EPILOGUE,
                    plugin::are_aligned({x, dy, turned == 0 ? dw : nullptr})};
    run(work, turned, [&](const cn_cudnn_launch* launch, void* scratch, cn_cuda_error* error) {
        if (turned == 0) {
            return cudnn_.backward_filter(plan_, launch, x, dy, dw, error);
        }
        const std::int32_t status = cudnn_.backward_filter(plan_, launch, x, dy, scratch, error);
        if (status == 0) {
            device_.transpose(turn(problem_, problem_.taps(), true), scratch, dw);
        }
        return status;
    });
}

}  // namespace convnet
