/**
 * @file version.h
 * The version of the library and of its binary interface.
 */
#ifndef CONVNET_VERSION_H
#define CONVNET_VERSION_H

#include "base.h"

/** Raised when a change breaks programs compiled against older headers. */
#define CN_ABI_VERSION_MAJOR 1

/** Raised when something is added at the end of the interface. */
#define CN_ABI_VERSION_MINOR 0

/** What a build of the library is. */
typedef struct cn_version_info {
    uint32_t struct_size; /**< Size of this struct in bytes, set by the caller. */
    uint32_t abi_major;   /**< #CN_ABI_VERSION_MAJOR of the library. */
    uint32_t abi_minor;   /**< #CN_ABI_VERSION_MINOR of the library. */
    uint32_t reserved;    /**< 0. */
    const char* version;  /**< Semantic version, for example "0.1.0". Static text. */
    const char* compiler; /**< Name and version of the compiler. Static text. */
} cn_version_info;

/**
 * Says which build of the library this is. Callers compare `abi_major` with the
 * #CN_ABI_VERSION_MAJOR they were compiled with before they call anything else.
 * @param info Receives the answer; its `struct_size` must be set.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_version(cn_version_info* info);

#endif
