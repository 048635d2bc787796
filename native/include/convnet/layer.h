/**
 * @file layer.h
 * Layers: convolution, deconvolution, im2col and bias.
 *
 * The operation is cross-correlation. With E = dilation*(kernel-1)+1 on each spatial axis,
 * convolution gives out = floor((in + 2*pad - E) / stride) + 1 from weights
 * [num_output, channels/group, kernel...]; deconvolution is its transpose and gives
 * out = stride*(in-1) + E - 2*pad from weights [channels, num_output/group, kernel...].
 * The bias is [num_output].
 *
 * A layer belongs to one thread at a time; a call that finds it busy fails with #CN_INVALID_STATE.
 * Different layers run at once on one device. They may share parameters (#cn_layer_set_parameter), as long as nobody
 * writes a parameter or computes its gradient while others compute; on the CPU they then also share what they keep of
 * the weights in another form, where shape, options and workspace limit are the same and no device autotunes.
 */
#ifndef CONVNET_LAYER_H
#define CONVNET_LAYER_H

#include "blob.h"

/** Who computes. A named engine that cannot is an error, never a silent fallback. */
typedef enum cn_engine {
    CN_ENGINE_AUTO = 0,  /**< The best engine that can. */
    CN_ENGINE_GEMM = 1,  /**< Columns (im2col) and matrix products, on any device. */
    CN_ENGINE_CUDNN = 2, /**< NVIDIA cuDNN, on a CUDA device. */
    CN_ENGINE_DIRECT = 3 /**< Kernels that gather nothing: register tiles on the CPU, depthwise layers on a CUDA
                                device. */
} cn_engine;

/** How far results of a float layer may be from exact arithmetic. */
typedef enum cn_accuracy {
    CN_ACCURACY_DEFAULT = 0, /**< Methods whose error is at most 1e-5 of the result, as Euclidean norms over the whole
                                  output: Winograd's and Strassen's, where they are faster, and plain sums. */
    CN_ACCURACY_STRICT = 1   /**< Plain sums only, whose terms are added in a fixed order. */
} cn_accuracy;

/** What is done to the sums of a convolution or deconvolution, bias included, as they are written. */
typedef enum cn_activation {
    CN_ACTIVATION_NONE = 0, /**< Nothing. */
    CN_ACTIVATION_RELU = 1  /**< What is above 0 stays, and the rest is multiplied by `negative_slope`. */
} cn_activation;

/** The order of the axes of a layer's bottoms, tops and their gradients. Parameters have the same shape in both. */
typedef enum cn_layout {
    CN_LAYOUT_CHANNELS_FIRST = 0, /**< [batch..., channels, spatial...]: NCHW with two spatial axes. */
    CN_LAYOUT_CHANNELS_LAST = 1   /**< [batch..., spatial..., channels]: NHWC with two spatial axes, what tensor cores
                                       want. */
} cn_layout;

/** A layer and its parameters. */
typedef struct cn_layer cn_layer;

/**
 * What a convolution or deconvolution computes. `kernel`, `stride`, `pad` and `dilation` hold one
 * value for all spatial axes or one per axis; a count of 0 means not given (stride 1, pad 0,
 * dilation 1). The `_h` and `_w` forms are for exactly two spatial axes; 0 means not given, and a
 * kernel or stride must be given for both axes or for none. A quantity takes one of its two forms.
 */
typedef struct cn_convolution_options {
    uint32_t struct_size;    /**< Size of this struct in bytes, set by the caller. */
    int32_t bias_term;       /**< 1 to add a bias, 0 for none. */
    int64_t num_output;      /**< Channels of the output, 1 or more. */
    int64_t group;           /**< Groups that channels and num_output are divided into, 1 or more. */
    const int64_t* kernel;   /**< `kernel_count` extents, each 1 or more. */
    const int64_t* stride;   /**< `stride_count` strides, each 1 or more. */
    const int64_t* pad;      /**< `pad_count` paddings of both ends, each 0 or more. */
    const int64_t* dilation; /**< `dilation_count` dilations, each 1 or more. */
    uint32_t kernel_count;   /**< Values in `kernel`. */
    uint32_t stride_count;   /**< Values in `stride`. */
    uint32_t pad_count;      /**< Values in `pad`. */
    uint32_t dilation_count; /**< Values in `dilation`. */
    int64_t kernel_h;        /**< Height of the kernel, or 0. */
    int64_t kernel_w;        /**< Width of the kernel, or 0. */
    int64_t stride_h;        /**< Vertical stride, or 0. */
    int64_t stride_w;        /**< Horizontal stride, or 0. */
    int64_t pad_h;           /**< Vertical padding. */
    int64_t pad_w;           /**< Horizontal padding. */
    int32_t axis;            /**< The channel axis, or with channels last the first spatial axis; negative counts
                                    from the end. Axes before it are batch, others but the channels spatial. */
    int32_t force_nd_im2col; /**< 1 to use the path for any number of axes where there is a faster one. */
    int32_t engine;          /**< A #cn_engine. */
    int32_t accuracy;        /**< A #cn_accuracy. */
    int32_t activation;      /**< A #cn_activation. */
    float negative_slope;    /**< Of CN_ACTIVATION_RELU: 0, or more for a leaky one; finite. 0 without an activation. It
                                    is never negative, so that the sign of a result is that of its sum. */
    int32_t layout;          /**< A #cn_layout. */
} cn_convolution_options;

/**
 * Writes the defaults: bias, one group, axis 1, automatic engine, no activation, and nothing else given.
 * @param options Receives the defaults; its `struct_size` must be set.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_convolution_options_init(cn_convolution_options* options);

/**
 * Creates a convolution. Its parameters exist, filled with zeros, from the first #cn_layer_reshape on.
 * @param layer Receives the handle.
 * @param device Where it computes.
 * @param dtype A #cn_dtype.
 * @param options What it computes; copied.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_UNSUPPORTED, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_create_convolution(cn_layer** layer, cn_device* device, int32_t dtype,
                                           const cn_convolution_options* options);

/**
 * Creates a deconvolution (transposed convolution): forward is the backward pass of a convolution
 * with the same kernel, stride, pad, dilation and group. Padding is removed from its output.
 * @param layer Receives the handle.
 * @param device Where it computes.
 * @param dtype A #cn_dtype.
 * @param options What it computes; copied.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_UNSUPPORTED, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_create_deconvolution(cn_layer** layer, cn_device* device, int32_t dtype,
                                             const cn_convolution_options* options);

/**
 * Creates an im2col layer, which lays every window of its input out as a column:
 * [batch..., channels, in...] becomes [batch..., channels*prod(kernel), out...]. It reads kernel,
 * stride, pad, dilation, axis and force_nd_im2col; num_output must be 0, group 1, layout channels first and
 * bias_term 0 or 1 (it has no parameters).
 * @param layer Receives the handle.
 * @param device Where it computes.
 * @param dtype A #cn_dtype.
 * @param options What it computes; copied.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_create_im2col(cn_layer** layer, cn_device* device, int32_t dtype,
                                      const cn_convolution_options* options);

/**
 * Creates a bias layer, which adds a parameter of shape input[axis .. axis+num_axes) to its input,
 * repeated along the other axes.
 * @param layer Receives the handle.
 * @param device Where it computes.
 * @param dtype A #cn_dtype.
 * @param axis The first axis of the bias; negative counts from the end.
 * @param num_axes How many axes the bias has; 0 makes it a scalar, -1 takes all axes from `axis` on.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_create_bias(cn_layer** layer, cn_device* device, int32_t dtype, int32_t axis, int32_t num_axes);

/**
 * Drops this reference to a layer and frees it.
 * @param layer The handle, or NULL.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_layer_destroy(cn_layer* layer);

/**
 * Tells a layer the shape of its bottoms, which all share it. The first time, parameters are made,
 * or those that were set are checked; later the rank and the channels must stay as they were.
 * When the call fails the layer stays as it was.
 * @param layer The layer.
 * @param rank Number of axes.
 * @param shape `rank` extents, each 1 or more.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_UNSUPPORTED, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_reshape(cn_layer* layer, int32_t rank, const int64_t* shape);

/**
 * The shape of the tops, after #cn_layer_reshape.
 * @param layer The layer.
 * @param shape Receives up to `capacity` extents; may be NULL when `capacity` is 0.
 * @param capacity How many extents fit.
 * @param rank Receives the number of axes, also when they do not fit.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT when they do not fit, or #CN_INVALID_STATE before a reshape.
 */
CN_API int32_t cn_layer_top_shape(const cn_layer* layer, int64_t* shape, int32_t capacity, int32_t* rank);

/**
 * How many parameters the layer has: weights first, then the bias.
 * @param layer The layer.
 * @param count Receives the number.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_layer_parameter_count(const cn_layer* layer, int32_t* count);

/**
 * A new reference to a parameter of the layer.
 * @param blob Receives the handle, to be destroyed by the caller.
 * @param layer The layer.
 * @param index 0 for the weights, 1 for the bias.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, or #CN_INVALID_STATE before the parameter exists.
 */
CN_API int32_t cn_layer_parameter(cn_blob** blob, const cn_layer* layer, int32_t index);

/**
 * Makes the layer use a blob as its parameter, shared with whoever else uses it. Before the first
 * reshape any blob is taken, and checked then; afterwards it must have the parameter's shape.
 * @param layer The layer.
 * @param index 0 for the weights, 1 for the bias.
 * @param blob A blob with the layer's dtype on its device, or where that is a CPU device, on any.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_layer_set_parameter(cn_layer* layer, int32_t index, cn_blob* blob);

/**
 * Freezes a parameter, so that backward does not compute its gradient, or thaws it.
 * @param layer The layer.
 * @param index 0 for the weights, 1 for the bias.
 * @param propagate 1 to compute the gradient (the default), 0 to skip it.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_layer_set_param_propagate_down(cn_layer* layer, int32_t index, int32_t propagate);

/**
 * Sets the gradients of all parameters to zero.
 * @param layer The layer.
 * @returns #CN_OK or #CN_INVALID_ARGUMENT.
 */
CN_API int32_t cn_layer_clear_gradients(cn_layer* layer);

/**
 * Computes the tops from the bottoms: `tops[i]` from `bottoms[i]`.
 * @param layer The layer, reshaped to the shape of the bottoms.
 * @param bottoms `bottom_count` tensors, read.
 * @param bottom_count Number of bottoms, 1 or more.
 * @param tops `top_count` tensors, overwritten. Their memory must not overlap a bottom or a parameter. (A bias
 *        layer may write in place.)
 * @param top_count Number of tops, equal to `bottom_count`.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_INVALID_STATE, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_forward(cn_layer* layer, const cn_tensor* bottoms, size_t bottom_count, const cn_tensor* tops,
                                size_t top_count);

/**
 * Computes gradients. Those of the bottoms are overwritten; those of the parameters are added to
 * the gradients of their blobs until #cn_layer_clear_gradients. A layer with an activation needs its
 * tops too, so for it this fails with #CN_INVALID_ARGUMENT: use #cn_layer_backward_from_tops.
 * @param layer The layer, reshaped to the shape of the bottoms.
 * @param top_diffs `top_count` gradients of the tops, read.
 * @param top_count Number of tops, equal to `bottom_count`.
 * @param bottoms `bottom_count` bottoms as forward had them, read.
 * @param bottom_count Number of bottoms, 1 or more.
 * @param bottom_diffs `bottom_count` gradients of the bottoms, overwritten; NULL when none is wanted.
 * @param propagate_down `bottom_count` flags, 0 to leave that bottom's gradient and its tensor alone; NULL for all of
 *        `bottom_diffs`.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_INVALID_STATE, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_backward(cn_layer* layer, const cn_tensor* top_diffs, size_t top_count,
                                 const cn_tensor* bottoms, size_t bottom_count, const cn_tensor* bottom_diffs,
                                 const uint8_t* propagate_down);

/**
 * Computes gradients as #cn_layer_backward does, of a layer that may have an activation: what its gradient is, the signs
 * of the tops tell. From its first backward pass on, a layer with an activation keeps memory of the size of one top, for
 * the gradients of the sums; `top_diffs` are only read.
 * @param layer The layer, reshaped to the shape of the bottoms.
 * @param tops `top_count` tops as forward left them, read; may be NULL where there is no activation.
 * @param top_diffs `top_count` gradients of the tops, read.
 * @param top_count Number of tops, equal to `bottom_count`.
 * @param bottoms `bottom_count` bottoms as forward had them, read.
 * @param bottom_count Number of bottoms, 1 or more.
 * @param bottom_diffs `bottom_count` gradients of the bottoms, overwritten; NULL when none is wanted.
 * @param propagate_down `bottom_count` flags, 0 to leave that bottom's gradient and its tensor alone; NULL for all of
 *        `bottom_diffs`.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_INVALID_STATE, or #CN_OUT_OF_MEMORY.
 */
CN_API int32_t cn_layer_backward_from_tops(cn_layer* layer, const cn_tensor* tops, const cn_tensor* top_diffs,
                                           size_t top_count, const cn_tensor* bottoms, size_t bottom_count,
                                           const cn_tensor* bottom_diffs, const uint8_t* propagate_down);

/** Which engine and algorithms a layer uses. */
typedef struct cn_layer_plan {
    uint32_t struct_size;        /**< Size of this struct in bytes, set by the caller. */
    int32_t engine;              /**< The #cn_engine that computes; never automatic. */
    const char* engine_name;     /**< Its name. Static text. */
    const char* forward;         /**< Algorithm of the forward pass. Static text. */
    const char* backward_data;   /**< Algorithm of the gradient of the bottom. Static text. */
    const char* backward_filter; /**< Algorithm of the gradient of the weights. Static text. */
    int64_t workspace_bytes;     /**< Workspace that the largest of the passes takes from the device's pool. */
} cn_layer_plan;

/**
 * Says which engine and algorithms were taken, after #cn_layer_reshape.
 * @param layer A convolution or deconvolution.
 * @param plan Receives the answer; its `struct_size` must be set.
 * @returns #CN_OK, #CN_INVALID_ARGUMENT, #CN_UNSUPPORTED for other layers, or #CN_INVALID_STATE before a reshape.
 */
CN_API int32_t cn_layer_get_plan(const cn_layer* layer, cn_layer_plan* plan);

#endif
