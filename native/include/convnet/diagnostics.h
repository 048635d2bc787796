/**
 * @file diagnostics.h
 * The log, and counts that show whether anything leaks.
 */
#ifndef CONVNET_DIAGNOSTICS_H
#define CONVNET_DIAGNOSTICS_H

#include "base.h"

/** How much a log message matters. */
typedef enum cn_log_level {
    CN_LOG_DEBUG = 0,  /**< Choices that the library made, such as the engine of a layer. */
    CN_LOG_INFO = 1,   /**< Things that happen once, such as a device that was opened. */
    CN_LOG_WARNING = 2 /**< Legal, but probably not what was meant. */
} cn_log_level;

/**
 * Receives log messages, on whichever thread they arise and outside the library's locks. It must
 * not throw or unwind through the caller.
 * @param level A #cn_log_level.
 * @param message Text, valid during the call.
 * @param user_data What #cn_log_set_callback was given.
 */
typedef void (*cn_log_callback)(int32_t level, const char* message, void* user_data);

/**
 * Sets who receives log messages; nobody does at first. When the call returns, the previous
 * callback is not running on any other thread and will not be called again.
 * @param callback The receiver, or NULL for none. It must not call this function.
 * @param user_data Handed to the callback.
 * @param minimum_level The lowest #cn_log_level that is passed on.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT for an unknown level, or #CN_INVALID_STATE from inside a callback.
 */
CN_API int32_t cn_log_set_callback(cn_log_callback callback, void* user_data, int32_t minimum_level);

/** Objects and bytes of the whole process that are alive now. */
typedef struct cn_live_counts {
    uint32_t struct_size; /**< Size of this struct in bytes, set by the caller. */
    uint32_t reserved;    /**< 0. */
    int64_t devices;      /**< Devices not yet freed, those that only layers and blobs hold included. */
    int64_t blobs;        /**< Blobs not yet freed, parameters of layers included. */
    int64_t layers;       /**< Layers not yet freed. */
    int64_t handles;      /**< Handles not yet destroyed. */
    int64_t bytes;        /**< Bytes of device memory allocated: blobs and workspaces. */
} cn_live_counts;

/**
 * Counts what is alive in this process.
 * @param counts Receives the counts; its `struct_size` must be set.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_live(cn_live_counts* counts);

#endif
