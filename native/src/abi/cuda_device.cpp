#include "devices/cuda/cuda_device.hpp"
#include "abi/arguments.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "convnet/device.h"
#include "devices/cuda/cuda_plugin.hpp"

using namespace convnet;
using abi::guard;
using abi::object_of;

namespace {

CudaDevice& cuda_of(const cn_device* device) {
    Device& object = *object_of(device, "device");
    if (object.type() != DeviceType::cuda) {
        throw Error(Status::unsupported, "device", "the device is not a CUDA device, which alone has this");
    }
    return static_cast<CudaDevice&>(object);
}

CudaOptions to_options(const cn_cuda_options* options) {
    CudaOptions result;
    if (options != nullptr) {
        abi::check_struct(options, "options");
        result.index = options->index;
        result.workspace_limit_bytes = options->workspace_limit_bytes;
        result.memory_limit_bytes = options->memory_limit_bytes;
        result.deterministic = abi::to_bool(options->deterministic, "deterministic");
        result.tf32 = abi::to_bool(options->tf32, "tf32");
        result.autotune = abi::to_bool(options->autotune, "autotune");
    }
    return result;
}

}  // namespace

int32_t cn_cuda_device_count(int32_t* count) {
    return guard([&] {
        require(count != nullptr, "count", "count is NULL; it must point to where the number goes");
        *count = static_cast<int32_t>(cuda::devices().size());
    });
}

int32_t cn_cuda_get_device_info(int32_t index, cn_cuda_device_info* info) {
    return guard([&] {
        abi::check_struct(info, "info");
        const cuda::Properties& device = cuda::device(index);
        const cn_cudnn_library& cudnn = cuda::cudnn();
        info->index = index;
        info->name = device.name.c_str();
        info->memory_bytes = device.memory_bytes;
        info->capability_major = device.capability_major;
        info->capability_minor = device.capability_minor;
        info->multiprocessors = device.multiprocessors;
        info->driver_version = device.driver_version;
        info->runtime_version = device.runtime_version;
        info->cudnn_version = cudnn.available != 0 ? cudnn.version : 0;
        info->cudnn_absence = cudnn.why;
    });
}

int32_t cn_device_create_cuda(cn_device** device, const cn_cuda_options* options) {
    return abi::guard_create(device, "device", [&] { return CudaDevice::open(to_options(options)); });
}

int32_t cn_device_set_stream(cn_device* device, void* stream) {
    return guard([&] { cuda_of(device).set_stream(stream); });
}

int32_t cn_device_get_stream(const cn_device* device, void** stream) {
    return guard([&] {
        require(stream != nullptr, "stream", "stream is NULL; it must point to where the stream goes");
        *stream = cuda_of(device).stream();
    });
}

int32_t cn_device_create_stream(cn_device* device, void** stream) {
    return guard([&] {
        require(stream != nullptr, "stream", "stream is NULL; it must point to where the stream goes");
        *stream = nullptr;
        *stream = cuda_of(device).create_stream();
    });
}

int32_t cn_device_destroy_stream(cn_device* device, void* stream) {
    return guard([&] {
        require(stream != nullptr, "stream", "stream is NULL, the default stream, which nobody destroys");
        cuda_of(device).destroy_stream(stream);
    });
}

int32_t cn_device_synchronize(cn_device* device) {
    return guard([&] { object_of(device, "device")->synchronize(); });
}

int32_t cn_device_allocate_pinned(cn_device* device, int64_t bytes, void** memory) {
    return guard([&] {
        require(memory != nullptr, "memory", "memory is NULL; it must point to where the address goes");
        *memory = nullptr;
        *memory = cuda_of(device).allocate_pinned(bytes);
    });
}

int32_t cn_device_free_pinned(cn_device* device, void* memory) {
    return abi::guard_keeping_last_error([&] {
        CudaDevice& object = cuda_of(device);
        if (memory != nullptr) {
            object.deallocate_pinned(memory);
        }
    });
}

int32_t cn_device_get_memory(const cn_device* device, cn_device_memory* memory) {
    return guard([&] {
        abi::check_struct(memory, "memory");
        const CudaDevice& object = cuda_of(device);
        const cn_cuda_memory counted = object.memory();
        memory->reserved = 0;
        memory->used_bytes = object.memory_bytes();
        memory->reserved_bytes = counted.reserved_bytes;
        memory->free_bytes = counted.free_bytes;
        memory->total_bytes = counted.total_bytes;
    });
}
