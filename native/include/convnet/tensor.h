/**
 * @file tensor.h
 * A tensor describes memory of the caller in DLPack's terms. It owns nothing.
 */
#ifndef CONVNET_TENSOR_H
#define CONVNET_TENSOR_H

#include "base.h"

/** Types of elements. */
typedef enum cn_dtype {
    CN_FLOAT32 = 1, /**< IEEE 754 binary32; in DLPack kDLFloat, 32 bits, 1 lane. */
    CN_FLOAT64 = 2, /**< IEEE 754 binary64; in DLPack kDLFloat, 64 bits, 1 lane. */
    CN_FLOAT16 = 3, /**< IEEE 754 binary16; in DLPack kDLFloat, 16 bits, 1 lane. CUDA devices compute with it, adding up
                          in float32; the CPU only stores it. */
    CN_BFLOAT16 = 4 /**< The upper half of a binary32; in DLPack kDLBfloat, 16 bits, 1 lane. As #CN_FLOAT16. */
} cn_dtype;

/** A description of memory: where it is, what it holds and how it is laid out. */
typedef struct cn_tensor {
    uint32_t struct_size;   /**< Size of this struct in bytes, set by the caller. */
    int32_t device_type;    /**< A #cn_device_type. */
    int32_t device_index;   /**< Which device of its type, from 0. */
    int32_t dtype;          /**< A #cn_dtype. */
    void* data;             /**< The first element, aligned to the size of an element. */
    const int64_t* shape;   /**< `rank` extents, each 1 or more. */
    const int64_t* strides; /**< `rank` strides in elements, or NULL for dense row-major. Layers take dense
                                  tensors only and refuse others. */
    int32_t rank;           /**< Number of axes, 0 to #CN_MAX_AXES. */
    uint32_t reserved;      /**< 0. */
} cn_tensor;

#endif
