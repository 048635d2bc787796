/**
 * @file status.h
 * Status codes, and the text of the last error.
 */
#ifndef CONVNET_STATUS_H
#define CONVNET_STATUS_H

#include "base.h"

/** What a call answers. */
typedef enum cn_status {
    CN_OK = 0,               /**< The call did what it says. */
    CN_INVALID_ARGUMENT = 1, /**< An argument is wrong; the error names it. */
    CN_OUT_OF_MEMORY = 2,    /**< Memory or a byte limit was exhausted; nothing changed. */
    CN_UNSUPPORTED = 3,      /**< Correct, but not possible with this engine, device or build. */
    CN_INVALID_STATE = 4,    /**< Correct, but not now: a call that must come first is missing. */
    CN_DEVICE_ERROR = 5,     /**< The device or its driver failed. */
    CN_INTERNAL_ERROR = 6    /**< A fault of the library; please report it. */
} cn_status;

/**
 * The name of a status, for example "CN_OUT_OF_MEMORY".
 * @param status A #cn_status.
 * @returns Static text, never NULL; "unknown status" for other numbers.
 */
CN_API const char* cn_status_name(int32_t status);

/**
 * The message of the last call that failed on this thread: what was given, what was expected and
 * how to mend it.
 * @returns Text that stays valid until the next call on this thread, never NULL; empty when the last call
 *          succeeded. A destroying call that succeeds leaves it as it is.
 */
CN_API const char* cn_last_error_message(void);

/**
 * The argument that the last failed call on this thread found wrong, as its declaration or the
 * field of its struct calls it, for example "stride_h" or "bottoms[1]".
 * @returns Text that stays valid until the next call on this thread, never NULL; empty when no argument is to
 *          blame.
 */
CN_API const char* cn_last_error_argument(void);

#endif
