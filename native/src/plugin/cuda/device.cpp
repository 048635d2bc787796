#include "plugin/cuda/device.hpp"

#include <cstdio>

#include "plugin/cuda/check.hpp"
#include "plugin/cuda/driver.hpp"
#include "plugin/cuda/event.hpp"
#include "plugin/guard.hpp"

namespace convnet::plugin {

CurrentDevice::CurrentDevice(int index) {
    int current = 0;
    check(cudaGetDevice(&current), "asking for the current device");
    if (current != index) {
        check(cudaSetDevice(index), "making a device the current one");
        previous_ = current;
    }
}

CurrentDevice::~CurrentDevice() {
    if (previous_ >= 0) {
        cudaSetDevice(previous_);
    }
}

namespace {

int attribute(int index, cudaDeviceAttr name) {
    int value = 0;
    check(cudaDeviceGetAttribute(&value, name, index), "asking what a device is");
    return value;
}

// Also says what is wrong when there is no driver: the first call that every user of the plug-in makes.
int count_devices() {
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaSuccess) {
        return count;
    }
    cudaGetLastError();
    if (error == cudaErrorNoDevice) {
        return 0;
    }
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    throw Error(Status::unsupported, "", explain_no_driver(driver, runtime, cudaGetErrorString(error)));
}

cudaMemPool_t create_pool(int index, std::int64_t memory_limit_bytes) {
    if (attribute(index, cudaDevAttrMemoryPoolsSupported) == 0) {
        return nullptr;
    }
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location = {cudaMemLocationTypeDevice, index};
    cudaMemPool_t pool = nullptr;
    check(cudaMemPoolCreate(&pool, &properties), "making a pool of device memory");
    // What is freed stays for the next, until trimmed, or above a limit until the next time somebody waits.
    std::uint64_t keep = memory_limit_bytes == 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(memory_limit_bytes);
    check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep), "setting up a pool of device memory");
    return pool;
}

std::int64_t pool_attribute(cudaMemPool_t pool, cudaMemPoolAttr name) {
    std::uint64_t value = 0;
    check(cudaMemPoolGetAttribute(pool, name, &value), "asking how much memory a pool has");
    return static_cast<std::int64_t>(value);
}

std::int32_t count(std::int32_t* count, cn_cuda_error* error) {
    return guard(error, [&] { *count = count_devices(); });
}

std::int32_t properties(std::int32_t index, cn_cuda_properties* properties, cn_cuda_error* error) {
    return guard(error, [&] {
        cudaDeviceProp from{};
        check(cudaGetDeviceProperties(&from, index), "asking what a device is");
        *properties = {};
        std::snprintf(properties->name, sizeof properties->name, "%s", from.name);
        properties->memory_bytes = static_cast<std::int64_t>(from.totalGlobalMem);
        properties->capability_major = from.major;
        properties->capability_minor = from.minor;
        properties->multiprocessors = from.multiProcessorCount;
        check(cudaDriverGetVersion(&properties->driver_version), "asking for the driver's version");
        check(cudaRuntimeGetVersion(&properties->runtime_version), "asking for the runtime's version");
    });
}

std::int32_t open(std::int32_t index, std::int64_t memory_limit_bytes, cn_cuda_device** device, cn_cuda_error* error) {
    return guard(error, [&] {
        *device = nullptr;
        *device = new cn_cuda_device(index, memory_limit_bytes);
    });
}

void close(cn_cuda_device* device) { delete device; }

std::int32_t allocate(cn_cuda_device* device, std::int64_t bytes, cn_cuda_stream stream, void** memory,
                      cn_cuda_error* error) {
    return guard(error, [&] {
        *memory = nullptr;
        const CurrentDevice current(device->index);
        const auto size = static_cast<std::size_t>(bytes);
        check(device->pool != nullptr ? cudaMallocFromPoolAsync(memory, size, device->pool, stream_of(stream))
                                      : cudaMalloc(memory, size),
              "allocating device memory");
    });
}

std::int32_t deallocate(cn_cuda_device* device, void* memory, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        check(device->pool != nullptr ? cudaFreeAsync(memory, stream_of(stream)) : cudaFree(memory),
              "freeing device memory");
    });
}

std::int32_t trim(cn_cuda_device* device, std::int64_t* freed_bytes, cn_cuda_error* error) {
    return guard(error, [&] {
        *freed_bytes = 0;
        if (device->pool == nullptr) {
            return;
        }
        const CurrentDevice current(device->index);
        check(cudaDeviceSynchronize(), "waiting for a device");
        const std::int64_t before = pool_attribute(device->pool, cudaMemPoolAttrReservedMemCurrent);
        check(cudaMemPoolTrimTo(device->pool, 0), "giving device memory back");
        *freed_bytes = before - pool_attribute(device->pool, cudaMemPoolAttrReservedMemCurrent);
    });
}

std::int32_t memory(cn_cuda_device* device, cn_cuda_memory* memory, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        *memory = {};
        if (device->pool != nullptr) {
            memory->used_bytes = pool_attribute(device->pool, cudaMemPoolAttrUsedMemCurrent);
            memory->reserved_bytes = pool_attribute(device->pool, cudaMemPoolAttrReservedMemCurrent);
        }
        std::size_t free = 0, total = 0;
        check(cudaMemGetInfo(&free, &total), "asking how much memory is free");
        memory->free_bytes = static_cast<std::int64_t>(free);
        memory->total_bytes = static_cast<std::int64_t>(total);
    });
}

std::int32_t allocate_pinned(cn_cuda_device* device, std::int64_t bytes, void** memory, cn_cuda_error* error) {
    return guard(error, [&] {
        *memory = nullptr;
        const CurrentDevice current(device->index);
        check(cudaHostAlloc(memory, static_cast<std::size_t>(bytes), cudaHostAllocPortable), "pinning memory");
    });
}

std::int32_t deallocate_pinned(cn_cuda_device* device, void* memory, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        check(cudaFreeHost(memory), "freeing pinned memory");
    });
}

std::int32_t set_zero(cn_cuda_device* device, void* memory, std::int64_t bytes, cn_cuda_stream stream,
                      cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        check(cudaMemsetAsync(memory, 0, static_cast<std::size_t>(bytes), stream_of(stream)), "clearing memory");
    });
}

void copy_bytes(cn_cuda_device* device, void* destination, const void* source, std::int64_t bytes, cudaMemcpyKind kind,
                cn_cuda_stream stream) {
    const CurrentDevice current(device->index);
    check(cudaMemcpyAsync(destination, source, static_cast<std::size_t>(bytes), kind, stream_of(stream)),
          "copying memory");
    if (kind != cudaMemcpyDeviceToDevice) {
        check(cudaStreamSynchronize(stream_of(stream)), "waiting for a copy");
    }
}

std::int32_t copy(cn_cuda_device* device, void* destination, const void* source, std::int64_t bytes,
                  cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] { copy_bytes(device, destination, source, bytes, cudaMemcpyDeviceToDevice, stream); });
}

std::int32_t copy_from_host(cn_cuda_device* device, void* destination, const void* source, std::int64_t bytes,
                            cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] { copy_bytes(device, destination, source, bytes, cudaMemcpyHostToDevice, stream); });
}

std::int32_t copy_to_host(cn_cuda_device* device, void* destination, const void* source, std::int64_t bytes,
                          cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] { copy_bytes(device, destination, source, bytes, cudaMemcpyDeviceToHost, stream); });
}

std::int32_t stream_create(cn_cuda_device* device, cn_cuda_stream* stream, cn_cuda_error* error) {
    return guard(error, [&] {
        *stream = nullptr;
        const CurrentDevice current(device->index);
        cudaStream_t made = nullptr;
        check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "making a stream");
        *stream = made;
    });
}

std::int32_t stream_destroy(cn_cuda_device* device, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        check(cudaStreamDestroy(stream_of(stream)), "destroying a stream");
    });
}

std::int32_t stream_synchronize(cn_cuda_device* device, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        check(cudaStreamSynchronize(stream_of(stream)), "waiting for a stream");
    });
}

std::int32_t stream_order(cn_cuda_device* device, cn_cuda_stream earlier, cn_cuda_stream later, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(device->index);
        const Event event(cudaEventDisableTiming);
        check(cudaEventRecord(event.get(), stream_of(earlier)), "recording an event");
        check(cudaStreamWaitEvent(stream_of(later), event.get(), 0), "making a stream wait for another");
    });
}

}  // namespace

const cn_cuda_device_table& device_table() noexcept {
    static const cn_cuda_device_table table{
        .count = count,
        .properties = properties,
        .open = open,
        .close = close,
        .allocate = allocate,
        .deallocate = deallocate,
        .trim = trim,
        .memory = memory,
        .allocate_pinned = allocate_pinned,
        .deallocate_pinned = deallocate_pinned,
        .set_zero = set_zero,
        .copy = copy,
        .copy_from_host = copy_from_host,
        .copy_to_host = copy_to_host,
        .stream_create = stream_create,
        .stream_destroy = stream_destroy,
        .stream_synchronize = stream_synchronize,
        .stream_order = stream_order,
    };
    return table;
}

}  // namespace convnet::plugin

using namespace convnet;
using namespace convnet::plugin;

cn_cuda_device::cn_cuda_device(int device_index, std::int64_t memory_limit_bytes) : index(device_index) {
    const CurrentDevice current(index);
    check(cudaFree(nullptr), "opening a CUDA device");
    const int major = attribute(index, cudaDevAttrComputeCapabilityMajor),
              minor = attribute(index, cudaDevAttrComputeCapabilityMinor);
    if (major * 10 + minor < CONVNET_CUDA_LEAST_CAPABILITY) {
        throw Error(Status::unsupported, "index",
                    text("CUDA device ", index, " has compute capability ", major, ".", minor,
                         ", but this library was built for ", CONVNET_CUDA_LEAST_CAPABILITY / 10, ".",
                         CONVNET_CUDA_LEAST_CAPABILITY % 10, " and newer; use another device, or Device.Cpu"));
    }
    multiprocessors = attribute(index, cudaDevAttrMultiProcessorCount);
    pool = create_pool(index, memory_limit_bytes);
}

cn_cuda_device::~cn_cuda_device() {
    try {
        const CurrentDevice current(index);
        blas.close();
        cudaDeviceSynchronize();
        if (pool != nullptr) {
            cudaMemPoolDestroy(pool);
        }
    } catch (const Error&) {
        // The driver is gone, and took everything along.
    }
}
