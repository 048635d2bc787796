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
 * Gives cached workspace that is not in use back to the system.
 * @param device The device.
 * @param freed_bytes Receives the number of bytes given back; may be NULL.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_device_trim(cn_device* device, int64_t* freed_bytes);

#endif
