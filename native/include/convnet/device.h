/**
 * @file device.h
 * A device owns memory, threads and one workspace pool. Blobs and layers live on a device.
 */
#ifndef CONVNET_DEVICE_H
#define CONVNET_DEVICE_H

#include "base.h"

/** Kinds of devices, numbered as in DLPack. */
typedef enum cn_device_type {
    CN_DEVICE_CPU = 1, /**< The host's processors. */
    CN_DEVICE_CUDA = 2 /**< An NVIDIA GPU. */
} cn_device_type;

/** A device. Any number of threads may use it at once. */
typedef struct cn_device cn_device;

/** How a CPU device is made. Zero everywhere but in `struct_size` gives the defaults. */
typedef struct cn_cpu_options {
    uint32_t struct_size;          /**< Size of this struct in bytes, set by the caller. */
    int32_t threads;               /**< Threads that share the work; 0: one per core of this process. */
    int64_t workspace_limit_bytes; /**< Most bytes of workspace at one time; 0: 64 MiB. */
    int64_t memory_limit_bytes;    /**< Most bytes of blobs and workspace together; 0: no limit. */
    int32_t autotune; /**< 1: time the methods of the direct engine when a shape is first seen, in workspace,
                                          and keep the fastest for the device's life; which that is may differ from run
                                          to run, and so may the last bits. 0: estimate them. */
    int32_t reserved; /**< 0. */
} cn_cpu_options;

/**
 * Opens a CPU device. Its kernels are those of the newest instruction set that the processor has; the environment
 * variable CONVNET_CPU_ISA may name an older one.
 * @param device Receives the handle.
 * @param options How it is made, or NULL for the defaults.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_OUT_OF_MEMORY, or #CN_UNSUPPORTED when CONVNET_CPU_ISA names what this
 *          processor does not have.
 */
CN_API int32_t cn_device_create_cpu(cn_device** device, const cn_cpu_options* options);

/**
 * Drops this reference to a device. It is freed when no blob or layer uses it any more.
 * @param device The handle, or NULL.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_device_destroy(cn_device* device);

/** What a device is, and what it has used. */
typedef struct cn_device_info {
    uint32_t struct_size;          /**< Size of this struct in bytes, set by the caller. */
    int32_t type;                  /**< A #cn_device_type. */
    int32_t index;                 /**< Which device of its type, from 0. */
    int32_t threads;               /**< Threads that share the work, the caller's included. */
    int64_t workspace_limit_bytes; /**< Most bytes of workspace at one time. */
    int64_t memory_limit_bytes;    /**< Most bytes of blobs and workspace together; 0: no limit. */
    int64_t memory_bytes;          /**< Bytes of blobs and workspace allocated now. */
    int64_t workspace_bytes;       /**< Bytes of workspace allocated now, lent or cached. */
    int64_t workspace_peak_bytes;  /**< Most bytes of workspace that were lent at one time since the last reset. */
    int64_t im2col_calls;          /**< Times a tile of columns was gathered since the last reset. */
    int64_t col2im_calls;          /**< Times a tile of columns was summed back since the last reset. */
    int64_t gemm_calls;            /**< Matrix products since the last reset; a batch counts once. */
    const char* instruction_set;   /**< Of the CPU kernels, for example "avx512"; "" on other devices. Static text. */
} cn_device_info;

/**
 * Says what a device is and what it has used.
 * @param device The device.
 * @param info Receives the answer; its `struct_size` must be set.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_device_get_info(const cn_device* device, cn_device_info* info);

/**
 * Sets the peak and the counters of #cn_device_info back to zero.
 * @param device The device.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_device_reset_counters(cn_device* device);

/**
 * Gives cached memory that is not in use back to the system; a CUDA device waits for its work first.
 * @param device The device.
 * @param freed_bytes Receives the number of bytes given back; may be NULL.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_device_trim(cn_device* device, int64_t* freed_bytes);

/** What a CUDA device is. */
typedef struct cn_cuda_device_info {
    uint32_t struct_size;      /**< Size of this struct in bytes, set by the caller. */
    int32_t index;             /**< Which CUDA device, from 0. */
    const char* name;          /**< For example "NVIDIA H200". Valid as long as the process. */
    int64_t memory_bytes;      /**< Bytes of memory of the whole device. */
    int32_t capability_major;  /**< Compute capability before the point. */
    int32_t capability_minor;  /**< Compute capability behind the point. */
    int32_t multiprocessors;   /**< Number of multiprocessors. */
    int32_t driver_version;    /**< Newest CUDA that the driver knows, as CUDA counts: 12040 is 12.4. */
    int32_t runtime_version;   /**< The CUDA that the plug-in was built with. */
    int32_t cudnn_version;     /**< Of the cuDNN that is used, for example 91002 for 9.10.2; 0 when there is none. */
    const char* cudnn_absence; /**< Why no cuDNN is used and how to mend it, or "". Valid as long as the process. */
} cn_cuda_device_info;

/**
 * Counts the CUDA devices. The first call loads the CUDA plug-in, from the file that the environment variable
 * CONVNET_CUDA_PLUGIN names, from the folder of this library, or from where the system looks.
 * @param count Receives the number, which may be 0.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_UNSUPPORTED when the plug-in or the NVIDIA driver is missing or too
 *          old; the message says how to mend it.
 */
CN_API int32_t cn_cuda_device_count(int32_t* count);

/**
 * Says what a CUDA device is.
 * @param index Which one, from 0.
 * @param info Receives the answer; its `struct_size` must be set.
 * @returns As #cn_cuda_device_count.
 */
CN_API int32_t cn_cuda_get_device_info(int32_t index, cn_cuda_device_info* info);

/** How a CUDA device is opened. Zero everywhere but in `struct_size` gives the defaults. */
typedef struct cn_cuda_options {
    uint32_t struct_size;          /**< Size of this struct in bytes, set by the caller. */
    int32_t index;                 /**< Which CUDA device, from 0. */
    int64_t workspace_limit_bytes; /**< Most bytes of workspace at one time; 0: 1 GiB, or an eighth of the device's
                                         memory where that is less. */
    int64_t memory_limit_bytes;    /**< Most bytes of blobs and workspace together; 0: no limit. */
    int32_t deterministic;         /**< 1: only algorithms that give the same bits every time. */
    int32_t tf32;                  /**< 1: float32 may be rounded to TF32 in products, but for strict layers. */
    int32_t autotune;              /**< 1: time the algorithms of cuDNN, once for each shape; 0: by its heuristics. */
    int32_t reserved;              /**< 0. */
} cn_cuda_options;

/**
 * Opens a CUDA device, on its primary context. Work is queued on the device's legacy default stream until
 * #cn_device_set_stream sets another; passes return when it is queued, copies to and from the host when they are done.
 * @param device Receives the handle.
 * @param options How it is opened, or NULL for the defaults.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_OUT_OF_MEMORY, #CN_DEVICE_ERROR, or #CN_UNSUPPORTED as
 *          #cn_cuda_device_count, and for a device that is older than the plug-in was built for.
 */
CN_API int32_t cn_device_create_cuda(cn_device** device, const cn_cuda_options* options);

/**
 * Sets the stream that a CUDA device queues its work on. What is queued there from now on waits for what is queued on
 * the stream before it. Must not be called while a layer of the device computes on another thread, and the stream must
 * stay until another is set and the device's work is done.
 * @param device A CUDA device.
 * @param stream A cudaStream_t or CUstream of the device; NULL for its legacy default stream.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_DEVICE_ERROR, or #CN_UNSUPPORTED for another kind of device.
 */
CN_API int32_t cn_device_set_stream(cn_device* device, void* stream);

/**
 * The stream that a CUDA device queues its work on.
 * @param device A CUDA device.
 * @param stream Receives a cudaStream_t.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_UNSUPPORTED for another kind of device.
 */
CN_API int32_t cn_device_get_stream(const cn_device* device, void** stream);

/**
 * Makes a stream of a CUDA device, which does not wait for the legacy default stream.
 * @param device A CUDA device.
 * @param stream Receives a cudaStream_t, for #cn_device_destroy_stream.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_DEVICE_ERROR, or #CN_UNSUPPORTED for another kind of device.
 */
CN_API int32_t cn_device_create_stream(cn_device* device, void** stream);

/**
 * Destroys a stream that #cn_device_create_stream made; its work is still done. Where the device queues its work there,
 * the legacy default stream takes its place.
 * @param device The device that made it.
 * @param stream The stream.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_DEVICE_ERROR, or #CN_UNSUPPORTED for another kind of device.
 */
CN_API int32_t cn_device_destroy_stream(cn_device* device, void* stream);

/**
 * Waits until all work that a device has queued on its present stream is done. A CPU device has none.
 * @param device The device.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_DEVICE_ERROR, which may be of earlier work.
 */
CN_API int32_t cn_device_synchronize(cn_device* device);

/**
 * Allocates memory of the host that a CUDA device copies from and to at full speed.
 * @param device A CUDA device.
 * @param bytes How many, 1 or more.
 * @param memory Receives the address, for #cn_device_free_pinned.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_OUT_OF_MEMORY, or #CN_UNSUPPORTED for another kind of device.
 */
CN_API int32_t cn_device_allocate_pinned(cn_device* device, int64_t bytes, void** memory);

/**
 * Frees what #cn_device_allocate_pinned allocated.
 * @param device The device that allocated it.
 * @param memory The address, or NULL.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_DEVICE_ERROR.
 */
CN_API int32_t cn_device_free_pinned(cn_device* device, void* memory);

/** Memory of a device, as its driver counts it. */
typedef struct cn_device_memory {
    uint32_t struct_size;   /**< Size of this struct in bytes, set by the caller. */
    uint32_t reserved;      /**< 0. */
    int64_t used_bytes;     /**< Bytes of blobs and workspace allocated now. */
    int64_t reserved_bytes; /**< Bytes taken from the driver: those in use, and those kept for later, which
                                  #cn_device_trim gives back. */
    int64_t free_bytes;     /**< Bytes that the driver has left, for all processes. */
    int64_t total_bytes;    /**< Bytes of the whole device. */
} cn_device_memory;

/**
 * Says how much memory a CUDA device has and uses.
 * @param device A CUDA device.
 * @param memory Receives the answer; its `struct_size` must be set.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_DEVICE_ERROR, or #CN_UNSUPPORTED for another kind of device.
 */
CN_API int32_t cn_device_get_memory(const cn_device* device, cn_device_memory* memory);

#endif
