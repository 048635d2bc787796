/**
 * @file blob.h
 * A blob owns an array of values and, once asked for, an equally shaped array of gradients.
 */
#ifndef CONVNET_BLOB_H
#define CONVNET_BLOB_H

#include "device.h"
#include "tensor.h"

/** Data and gradient with one shape, on a device. */
typedef struct cn_blob cn_blob;

/**
 * Creates a blob whose values are zero.
 * @param blob Receives the handle.
 * @param device Where its memory is.
 * @param dtype A #cn_dtype.
 * @param rank Number of axes, 0 to #CN_MAX_AXES; 0 gives one element.
 * @param shape `rank` extents, each 1 or more.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_blob_create(cn_blob** blob, cn_device* device, int32_t dtype, int32_t rank, const int64_t* shape);

/**
 * Drops this reference to a blob. It is freed when no layer uses it any more.
 * @param blob The handle, or NULL.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_blob_destroy(cn_blob* blob);

/**
 * Changes the shape. Memory grows only when the new shape needs more, and never shrinks. When it
 * grows, all values and gradients become zero; otherwise the first elements keep their values.
 * A blob that is a parameter of a layer keeps its shape.
 * @param blob The blob.
 * @param rank Number of axes, 0 to #CN_MAX_AXES.
 * @param shape `rank` extents, each 1 or more.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_INVALID_STATE for a parameter of a layer, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_blob_reshape(cn_blob* blob, int32_t rank, const int64_t* shape);

/**
 * Describes the values of a blob, for reading.
 * @param blob The blob.
 * @param tensor Receives the description, valid until the blob is reshaped or destroyed; its
 *        `struct_size` must be set.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_blob_data(const cn_blob* blob, cn_tensor* tensor);

/**
 * Describes the values of a blob, for reading and writing. From then on layers that use the blob as a parameter compare
 * it with what they have prepared at every pass, so that what is written is seen however long the pointer is kept.
 * #cn_blob_copy_from and #cn_blob_fill do without that.
 * @param blob The blob.
 * @param tensor Receives the description, valid until the blob is reshaped or destroyed; its
 *        `struct_size` must be set.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_blob_mutable_data(cn_blob* blob, cn_tensor* tensor);

/**
 * Copies values into a blob.
 * @param blob The blob.
 * @param source `count` elements of the blob's dtype, in memory of the host that does not overlap the blob.
 * @param count Number of elements, which must be that of the blob.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_DEVICE_ERROR.
 */
CN_API int32_t cn_blob_copy_from(cn_blob* blob, const void* source, int64_t count);

/**
 * Describes the gradients of a blob, and allocates them, all zero, when it is first asked.
 * @param blob The blob.
 * @param tensor Receives the description, valid until the blob is reshaped or destroyed; its
 *        `struct_size` must be set.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_blob_diff(cn_blob* blob, cn_tensor* tensor);

/**
 * Sets the gradients of a blob to zero. Does nothing when it has none.
 * @param blob The blob.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_blob_clear_diff(cn_blob* blob);

/** Rules that give a blob its first values. */
typedef enum cn_filler_type {
    CN_FILLER_CONSTANT = 0,          /**< `value` everywhere. */
    CN_FILLER_UNIFORM = 1,           /**< Uniform in [`min`, `max`]. */
    CN_FILLER_GAUSSIAN = 2,          /**< Normal with `mean` and `std`; with `sparse` >= 0 each value is kept with
                                           probability sparse/shape[0] and is zero otherwise. */
    CN_FILLER_POSITIVE_UNITBALL = 3, /**< Uniform in [0, 1), then each row divided by its sum. */
    CN_FILLER_XAVIER = 4,            /**< Uniform in +-sqrt(3/n) (Glorot and Bengio, 2010). */
    CN_FILLER_MSRA = 5,              /**< Normal with variance 2/n (He et al., 2015). */
    CN_FILLER_BILINEAR = 6           /**< Weights of bilinear interpolation, for square 4-D blobs. */
} cn_filler_type;

/** What n is in the fillers that scale with it. fan_in = count/shape[0], fan_out = count/shape[1]. */
typedef enum cn_variance_norm {
    CN_VARIANCE_FAN_IN = 0,  /**< n = fan_in. */
    CN_VARIANCE_FAN_OUT = 1, /**< n = fan_out. */
    CN_VARIANCE_AVERAGE = 2  /**< n = (fan_in + fan_out) / 2. */
} cn_variance_norm;

/** A filler and its numbers; those that its type does not mention are not read. */
typedef struct cn_filler {
    uint32_t struct_size;  /**< Size of this struct in bytes, set by the caller. */
    int32_t type;          /**< A #cn_filler_type. */
    int32_t variance_norm; /**< A #cn_variance_norm. */
    int32_t sparse;        /**< Non-zero values expected per output for gaussian, or -1 for all. */
    double value;          /**< The constant. */
    double min;            /**< Lower end of uniform. */
    double max;            /**< Upper end of uniform. */
    double mean;           /**< Mean of gaussian. */
    double std;            /**< Standard deviation of gaussian. */
    uint64_t seed;         /**< The same seed gives the same values on every machine. */
} cn_filler;

/**
 * Writes Caffe's defaults: constant 0, min 0, max 1, mean 0, std 1, sparse -1, fan_in, seed 0.
 * @param filler Receives the defaults; its `struct_size` must be set.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_filler_init(cn_filler* filler);

/**
 * Fills the values of a blob.
 * @param blob The blob.
 * @param filler The rule.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_blob_fill(cn_blob* blob, const cn_filler* filler);

/**
 * Copies the values of a blob to the host, when the device's work is done.
 * @param blob The blob.
 * @param destination Room for `count` elements of the blob's dtype, in memory of the host.
 * @param count Number of elements, which must be that of the blob.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_DEVICE_ERROR.
 */
CN_API int32_t cn_blob_copy_to(const cn_blob* blob, void* destination, int64_t count);

/**
 * Copies gradients into a blob.
 * @param blob The blob.
 * @param source `count` elements of the blob's dtype, in memory of the host that does not overlap the blob.
 * @param count Number of elements, which must be that of the blob.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_OUT_OF_MEMORY, or #CN_DEVICE_ERROR.
 */
CN_API int32_t cn_blob_copy_diff_from(cn_blob* blob, const void* source, int64_t count);

/**
 * Copies the gradients of a blob to the host, when the device's work is done; zeros when nothing has written them.
 * @param blob The blob.
 * @param destination Room for `count` elements of the blob's dtype, in memory of the host.
 * @param count Number of elements, which must be that of the blob.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_OUT_OF_MEMORY, or #CN_DEVICE_ERROR.
 */
CN_API int32_t cn_blob_copy_diff_to(cn_blob* blob, void* destination, int64_t count);

#endif
