#include "emulation/cudnn.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emulation/memory.hpp"
#include "plugin/guard.hpp"
#include "plugin/kernels/columns.hpp"
#include "reference/reference.hpp"

using namespace convnet;
using emulation::memory;
using plugin::guard;

struct cn_cudnn_plan {
    cn_cuda_problem problem;
    std::int64_t workspace_limit;
};

namespace {

const char* reason_for_absence() {
    const char* const asked = std::getenv("CONVNET_EMULATED_CUDA");
    return asked != nullptr && std::strcmp(asked, "no-cudnn") == 0 ? "cuDNN was not found" : nullptr;
}

void library(cn_cudnn_library* library) {
    *library = {};
    if (const char* const why = reason_for_absence()) {
        std::snprintf(library->why, sizeof library->why, "%s", why);
    } else {
        library->available = 1;
        library->version = 90000;
    }
}

std::int32_t supports(std::int32_t, const cn_cuda_problem* problem, const cn_cudnn_limits*, std::int32_t* supported,
                      char* why, std::int64_t capacity, cn_cuda_error*) {
    const char* const absent = reason_for_absence();
    const bool axes = problem->spatial_axes >= 1 && problem->spatial_axes <= 3;
    *supported = absent == nullptr && axes ? 1 : 0;
    if (*supported == 0) {
        std::snprintf(why, static_cast<std::size_t>(capacity), "%s",
                      absent != nullptr ? absent : "it convolves one to three spatial axes");
    }
    return 0;
}

std::int32_t plan_create(std::int32_t, const cn_cuda_problem* problem, const cn_cudnn_limits* limits,
                         const cn_cuda_allocator* allocator, cn_cudnn_plan** plan, cn_cuda_error* error) {
    return guard(error, [&] {
        if (limits->autotune != 0) {  // as FindEx would
            void* const trial = allocator->allocate(allocator->context, emulation::fast_workspace);
            if (trial != nullptr) {
                allocator->deallocate(allocator->context, trial, emulation::fast_workspace);
            }
        }
        *plan = new cn_cudnn_plan{*problem, limits->workspace_limit_bytes};
    });
}

void plan_destroy(cn_cudnn_plan* plan) { delete plan; }

bool is_fast(const cn_cudnn_plan* plan, std::int64_t workspace_bytes) {
    return std::min(workspace_bytes, plan->workspace_limit) >= emulation::fast_workspace;
}

std::int32_t plan_algorithm(const cn_cudnn_plan* plan, std::int32_t, std::int64_t workspace_bytes, const char** name,
                            std::int64_t* needed_bytes, cn_cuda_error*) {
    *name = is_fast(plan, workspace_bytes) ? "EMULATED_FAST" : "EMULATED_SLOW";
    *needed_bytes = is_fast(plan, workspace_bytes) ? emulation::fast_workspace : 0;
    return 0;
}

reference::Problem reference_of(const cn_cuda_problem& p) {
    reference::Problem result{p.batch, p.in_channels, p.out_channels, p.groups, {}, {}, {}, {}, {}, {}};
    for (int axis = 0; axis < p.spatial_axes; ++axis) {
        result.in.push_back(p.in[axis]);
        result.out.push_back(p.out[axis]);
        result.kernel.push_back(p.kernel[axis]);
        result.stride.push_back(p.stride[axis]);
        result.pad.push_back(p.pad[axis]);
        result.dilation.push_back(p.dilation[axis]);
    }
    return result;
}

std::int64_t count_x(const cn_cuda_problem& p) {
    return p.batch * p.in_channels * kernels::product(p.in, p.spatial_axes);
}
std::int64_t count_y(const cn_cuda_problem& p) {
    return p.batch * p.out_channels * kernels::product(p.out, p.spatial_axes);
}
std::int64_t count_w(const cn_cuda_problem& p) {
    return p.out_channels * p.in_channels / p.groups * kernels::product(p.kernel, p.spatial_axes);
}

void* open(const cn_cuda_problem& p, const void* tensor, std::int64_t count) {
    return memory().open(tensor, count * static_cast<std::int64_t>(size_of(static_cast<DataType>(p.dtype))));
}

std::vector<double> read(const cn_cuda_problem& p, const void* tensor, std::int64_t count) {
    std::vector<double> values(static_cast<std::size_t>(count));
    const void* const from = open(p, tensor, count);
    kernels::with_device_type(p.dtype, [&]<class T>(T) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = static_cast<double>(static_cast<kernels::Accumulator<T>>(static_cast<const T*>(from)[i]));
        }
    });
    return values;
}

void write(const cn_cuda_problem& p, const std::vector<double>& values, void* tensor) {
    void* const to = open(p, tensor, static_cast<std::int64_t>(values.size()));
    kernels::with_device_type(p.dtype, [&]<class T>(T) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            static_cast<T*>(to)[i] = static_cast<T>(static_cast<kernels::Accumulator<T>>(values[i]));
        }
    });
}

/// Uses all the workspace that it was given, so that too little shows.
void use_workspace(const cn_cudnn_launch* launch) {
    if (launch->workspace_bytes > 0) {
        std::memset(memory().open(launch->workspace, launch->workspace_bytes), 0x7f,
                    static_cast<std::size_t>(launch->workspace_bytes));
    }
}

void add_bias(const cn_cuda_problem& p, const cn_cuda_epilogue* epilogue, std::int64_t channels,
              std::vector<double>& output) {
    if (epilogue->bias == nullptr) {
        return;
    }
    const std::vector<double> bias = read(p, epilogue->bias, channels);
    const std::size_t inner = output.size() / static_cast<std::size_t>(p.batch * channels);
    for (std::size_t i = 0; i < output.size(); ++i) {
        output[i] += bias[i / inner % static_cast<std::size_t>(channels)];
    }
}

std::int32_t forward(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* x, const void* w,
                     const cn_cuda_epilogue* epilogue, void* y, cn_cuda_error* error) {
    return guard(error, [&] {
        use_workspace(launch);
        const cn_cuda_problem& p = plan->problem;
        reference::Sums sums(static_cast<std::size_t>(count_y(p)));
        reference::forward(reference::convolution_products, reference_of(p), read(p, x, count_x(p)),
                           read(p, w, count_w(p)), nullptr, sums);
        add_bias(p, epilogue, p.out_channels, sums.value);
        write(p, sums.value, y);
    });
}

std::int32_t backward_data(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* dy, const void* w,
                           const cn_cuda_epilogue* epilogue, void* dx, cn_cuda_error* error) {
    return guard(error, [&] {
        use_workspace(launch);
        const cn_cuda_problem& p = plan->problem;
        reference::Sums sums(static_cast<std::size_t>(count_x(p)));
        reference::backward_data(reference::convolution_products, reference_of(p), read(p, dy, count_y(p)),
                                 read(p, w, count_w(p)), sums);
        add_bias(p, epilogue, p.in_channels, sums.value);
        write(p, sums.value, dx);
    });
}

std::int32_t backward_filter(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* x, const void* dy,
                             void* dw, cn_cuda_error* error) {
    return guard(error, [&] {
        use_workspace(launch);
        const cn_cuda_problem& p = plan->problem;
        reference::Sums sums(static_cast<std::size_t>(count_w(p)));
        sums.value = read(p, dw, count_w(p));
        reference::backward_filter(reference::convolution_products, reference_of(p), read(p, x, count_x(p)),
                                   read(p, dy, count_y(p)), sums);
        write(p, sums.value, dw);
    });
}

void release_stream(std::int32_t, cn_cuda_stream) {}
void release_device(std::int32_t) {}

}  // namespace

namespace emulation {

const cn_cudnn_table& cudnn_table() {
    static const cn_cudnn_table table{
        .library = library,
        .supports = supports,
        .plan_create = plan_create,
        .plan_destroy = plan_destroy,
        .plan_algorithm = plan_algorithm,
        .forward = forward,
        .backward_data = backward_data,
        .backward_filter = backward_filter,
        .release_stream = release_stream,
        .release_device = release_device,
    };
    return table;
}

}  // namespace emulation
