#include "convnet/device.h"

#include "abi/arguments.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "devices/cpu/cpu_device.hpp"
#include "devices/workspace_pool.hpp"

using namespace convnet;
using abi::guard;
using abi::object_of;

static_assert(static_cast<int>(DeviceType::cpu) == CN_DEVICE_CPU);
static_assert(static_cast<int>(DeviceType::cuda) == CN_DEVICE_CUDA);

int32_t cn_device_create_cpu(cn_device** device, const cn_cpu_options* options) {
    return abi::guard_create(device, "device", [&] {
        CpuOptions cpu;
        if (options != nullptr) {
            abi::check_struct(options, "options");
            require(options->reserved == 0, "reserved", "reserved is ", options->reserved, "; it must be 0");
            cpu = {options->threads, options->workspace_limit_bytes, options->memory_limit_bytes,
                   abi::to_bool(options->autotune, "autotune")};
        }
        return CpuDevice::open(cpu);
    });
}

int32_t cn_device_destroy(cn_device* device) {
    return abi::guard_keeping_last_error([&] { abi::destroy(device, "device"); });
}

int32_t cn_device_get_info(const cn_device* device, cn_device_info* info) {
    return guard([&] {
        Device& object = *object_of(device, "device");
        abi::check_struct(info, "info");
        info->type = static_cast<int32_t>(object.type());
        info->index = object.index();
        info->threads = object.threads();
        info->workspace_limit_bytes = object.workspace().limit_bytes();
        info->memory_limit_bytes = object.memory_limit_bytes();
        info->memory_bytes = object.memory_bytes();
        info->workspace_bytes = object.workspace().allocated_bytes();
        info->workspace_peak_bytes = object.workspace().peak_bytes();
        info->im2col_calls = object.counters().im2col;
        info->col2im_calls = object.counters().col2im;
        info->gemm_calls = object.counters().gemm;
        info->instruction_set = object.instruction_set();
    });
}

int32_t cn_device_reset_counters(cn_device* device) {
    return guard([&] {
        Device& object = *object_of(device, "device");
        object.workspace().reset_peak();
        object.counters().im2col = 0;
        object.counters().col2im = 0;
        object.counters().gemm = 0;
    });
}

int32_t cn_device_trim(cn_device* device, int64_t* freed_bytes) {
    return guard([&] {
        const std::int64_t freed = object_of(device, "device")->trim();
        if (freed_bytes != nullptr) {
            *freed_bytes = freed;
        }
    });
}
