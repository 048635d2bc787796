/**
 * @file base.h
 * What every header of the C interface needs: fixed-width integers, linkage and export.
 *
 * Rules of the interface, which hold for every function unless its comment says otherwise:
 * - A function returns a #cn_status as `int32_t`; #CN_OK is 0. After any other value
 *   #cn_last_error_message and #cn_last_error_argument say what was wrong, on the same thread.
 * - A function that creates something writes its handle through its first parameter, and writes
 *   NULL there when it fails.
 * - Handles are counted references: destroying a device that layers still use only drops one
 *   reference, so objects may be destroyed in any order and on any thread. Destroying NULL is legal.
 * - A struct that is passed by pointer begins with `uint32_t struct_size`, which the caller sets to
 *   `sizeof` of the struct it was compiled with. Structs grow only at their end.
 * - Pointers are to memory of the caller; nothing is kept after the call unless the comment says so.
 * - Text is UTF-8 and ends with a zero byte.
 */
#ifndef CONVNET_BASE_H
#define CONVNET_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#if defined(CN_BUILDING_LIBRARY)
#define CN_EXPORT __declspec(dllexport)
#else
#define CN_EXPORT __declspec(dllimport)
#endif
#else
#define CN_EXPORT __attribute__((visibility("default")))
#endif

#if defined(__cplusplus)
#define CN_API extern "C" CN_EXPORT
#else
#define CN_API CN_EXPORT
#endif

/** Most axes a tensor may have. */
#define CN_MAX_AXES 32

/** Most spatial axes a layer may have (axes after the channel axis). */
#define CN_MAX_SPATIAL_AXES 8

#endif
