/*
 * The boundary between libconvnet and its plug-in libconvnet_cuda: tables of C functions, and nothing else. No C++ type
 * and no exception crosses it, so the two may be built by different compilers. They come from one release: the version
 * below must be equal on both sides, and a mismatch is refused with both numbers.
 *
 * Every function returns a status numbered as convnet::Status (0 is success). After any other it has written into the
 * cn_cuda_error what was given, what was expected and how to mend it. Data types are numbered as convnet::DataType.
 * Pointers named x, w, y, dx, dw, dy, bias, columns and workspace are to device memory.
 *
 * Work is queued on the stream that is given and not waited for, unless a comment says otherwise. Any thread may call
 * any function; each call makes the device it is for the current one and puts the caller's back.
 */
#ifndef CONVNET_PLUGIN_CUDA_API_H
#define CONVNET_PLUGIN_CUDA_API_H

#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* Raised with every change of this file. */
#define CN_CUDA_API_VERSION 3u

#define CN_CUDA_MAX_SPATIAL_AXES 8

typedef struct cn_cuda_error {
    char argument[64]; /* The parameter to blame, or "". */
    char message[1472];
} cn_cuda_error;

/* A CUDA stream: cudaStream_t and CUstream are this pointer; NULL is the device's legacy default stream. */
typedef void* cn_cuda_stream;

/* ---- devices ------------------------------------------------------------------------------------------------- */

typedef struct cn_cuda_properties {
    char name[256];
    int64_t memory_bytes;     /* Of the whole device. */
    int32_t capability_major; /* Compute capability, for example 9.0. */
    int32_t capability_minor;
    int32_t multiprocessors;
    int32_t driver_version; /* As CUDA counts: 12040 is 12.4. */
    int32_t runtime_version;
    int32_t reserved;
} cn_cuda_properties;

/* An opened device: its memory pool, its matrix library, its events. */
typedef struct cn_cuda_device cn_cuda_device;

typedef struct cn_cuda_memory {
    int64_t used_bytes;     /* Allocated through this device now. */
    int64_t reserved_bytes; /* Taken from the driver, used or cached. */
    int64_t free_bytes;     /* What the driver still has, for all processes. */
    int64_t total_bytes;
} cn_cuda_memory;

typedef struct cn_cuda_device_table {
    /* How many devices there are; 0 with success when the driver works and has none. No driver, or one that is too old,
     * is `unsupported` with the way to mend it. */
    int32_t (*count)(int32_t* count, cn_cuda_error* error);
    int32_t (*properties)(int32_t index, cn_cuda_properties* properties, cn_cuda_error* error);

    /* Retains the primary context of a device. Refuses devices that the plug-in has no code for. Its pool keeps at most
     * `memory_limit_bytes`, 0 for no limit; the core counts what is in use. */
    int32_t (*open)(int32_t index, int64_t memory_limit_bytes, cn_cuda_device** device, cn_cuda_error* error);
    /* Waits for the device's work, and frees everything that was allocated through it. */
    void (*close)(cn_cuda_device* device);

    /* Memory aligned to 256 bytes, from a pool that keeps what is freed. Memory that is freed may be given out again
     * at once, for work queued on `stream` later. */
    int32_t (*allocate)(cn_cuda_device* device, int64_t bytes, cn_cuda_stream stream, void** memory,
                        cn_cuda_error* error);
    int32_t (*deallocate)(cn_cuda_device* device, void* memory, cn_cuda_stream stream, cn_cuda_error* error);
    /* Gives what the pool keeps unused back to the driver; waits for the device. */
    int32_t (*trim)(cn_cuda_device* device, int64_t* freed_bytes, cn_cuda_error* error);
    int32_t (*memory)(cn_cuda_device* device, cn_cuda_memory* memory, cn_cuda_error* error);

    /* Memory of the host that the device copies from and to at full speed. */
    int32_t (*allocate_pinned)(cn_cuda_device* device, int64_t bytes, void** memory, cn_cuda_error* error);
    int32_t (*deallocate_pinned)(cn_cuda_device* device, void* memory, cn_cuda_error* error);

    int32_t (*set_zero)(cn_cuda_device* device, void* memory, int64_t bytes, cn_cuda_stream stream,
                        cn_cuda_error* error);
    int32_t (*copy)(cn_cuda_device* device, void* destination, const void* source, int64_t bytes, cn_cuda_stream stream,
                    cn_cuda_error* error);
    /* These two wait until the copy is done. */
    int32_t (*copy_from_host)(cn_cuda_device* device, void* destination, const void* source, int64_t bytes,
                              cn_cuda_stream stream, cn_cuda_error* error);
    int32_t (*copy_to_host)(cn_cuda_device* device, void* destination, const void* source, int64_t bytes,
                            cn_cuda_stream stream, cn_cuda_error* error);

    int32_t (*stream_create)(cn_cuda_device* device, cn_cuda_stream* stream, cn_cuda_error* error);
    int32_t (*stream_destroy)(cn_cuda_device* device, cn_cuda_stream stream, cn_cuda_error* error);
    int32_t (*stream_synchronize)(cn_cuda_device* device, cn_cuda_stream stream, cn_cuda_error* error);
    /* Makes what is queued on `later` from now on wait for what is queued on `earlier` now. */
    int32_t (*stream_order)(cn_cuda_device* device, cn_cuda_stream earlier, cn_cuda_stream later, cn_cuda_error* error);
} cn_cuda_device_table;

/* ---- what a convolution is ----------------------------------------------------------------------------------- */

enum { CN_CUDA_CHANNELS_FIRST = 0, CN_CUDA_CHANNELS_LAST = 1 };

/* x is [batch, in_channels, in...], w [out_channels, in_channels/groups, kernel...] and y [batch, out_channels, out...];
 * with channels last the channels come after the spatial axes, in w too where cuDNN reads and writes it. All dense. A
 * deconvolution is the problem whose x is its top and whose y is its bottom: its forward pass is backward data here. */
typedef struct cn_cuda_problem {
    int32_t dtype;        /* 1 float32, 2 float64, 3 float16, 4 bfloat16. */
    int32_t layout;       /* CN_CUDA_CHANNELS_FIRST or _LAST. */
    int32_t strict;       /* 1: plain sums only, neither Winograd nor FFT, and no TF32. */
    int32_t spatial_axes; /* 0 to CN_CUDA_MAX_SPATIAL_AXES. */
    int64_t batch, in_channels, out_channels, groups;
    int64_t in[CN_CUDA_MAX_SPATIAL_AXES], out[CN_CUDA_MAX_SPATIAL_AXES], kernel[CN_CUDA_MAX_SPATIAL_AXES];
    int64_t stride[CN_CUDA_MAX_SPATIAL_AXES], pad[CN_CUDA_MAX_SPATIAL_AXES], dilation[CN_CUDA_MAX_SPATIAL_AXES];
} cn_cuda_problem;

/* ---- the operations of a device ------------------------------------------------------------------------------ */

/* One operand of a batch of matrices; distances in elements, as in convnet::Matrices. */
typedef struct cn_cuda_matrices {
    void* data; /* Only C's is written. */
    int64_t row_stride, image_stride, group_stride;
} cn_cuda_matrices;

/* For every group and image C = op(A) op(B), += when accumulate is 1; as convnet::GemmArguments says. */
typedef struct cn_cuda_gemm {
    int32_t dtype, transpose_a, transpose_b, sum_images, accumulate;
    int32_t tf32; /* 1: float32 products may be rounded to TF32. */
    int64_t m, n, k, images, groups;
    cn_cuda_matrices a, b, c;
} cn_cuda_gemm;

/* Output positions [first, first + count) of `images` images. Columns are [images, in_channels, taps, count]. */
typedef struct cn_cuda_tile {
    int64_t images, first, count;
} cn_cuda_tile;

/* A tensor seen as [outer, channels, inner] with one bias per channel. */
typedef struct cn_cuda_bias {
    int32_t dtype, reserved;
    int64_t outer, channels, inner;
} cn_cuda_bias;

/* What is done to an output as it is written. */
typedef struct cn_cuda_epilogue {
    const void* bias; /* One value per channel of the output, in its type, or NULL. */
    double slope;     /* What is not above 0, with the bias, is multiplied by it: 0 or more, and 1 for nothing. */
} cn_cuda_epilogue;

/* Matrices one after the other. */
typedef struct cn_cuda_transpose {
    int32_t dtype, accumulate;
    int64_t matrices, rows, columns;
} cn_cuda_transpose;

/* For the parts of sums whose terms lie far apart; without any, or with little, the same sums take longer. */
typedef struct cn_cuda_workspace {
    void* data; /* Aligned to 256 bytes; NULL for none. */
    int64_t bytes;
} cn_cuda_workspace;

typedef struct cn_cuda_operation_table {
    int32_t (*gemm)(cn_cuda_device* device, const cn_cuda_gemm* gemm, cn_cuda_stream stream, cn_cuda_error* error);
    int32_t (*im2col)(cn_cuda_device* device, const cn_cuda_problem* problem, const cn_cuda_tile* tile, const void* x,
                      void* columns, cn_cuda_stream stream, cn_cuda_error* error);
    /* Each element of x is written once: its columns' sum, added to what is there when accumulate is 1. */
    int32_t (*col2im)(cn_cuda_device* device, const cn_cuda_problem* problem, const cn_cuda_tile* tile,
                      const void* columns, void* x, int32_t accumulate, cn_cuda_stream stream, cn_cuda_error* error);
    /* y = x with the epilogue; x and y may be the same memory. */
    int32_t (*add_bias)(cn_cuda_device* device, const cn_cuda_bias* extents, const void* x,
                        const cn_cuda_epilogue* epilogue, void* y, cn_cuda_stream stream, cn_cuda_error* error);
    /* gradient += dy summed over outer and inner, in a fixed order. */
    int32_t (*sum_bias)(cn_cuda_device* device, const cn_cuda_bias* extents, const void* dy, void* gradient,
                        const cn_cuda_workspace* workspace, cn_cuda_stream stream, cn_cuda_error* error);
    /* dx = dy where y is above 0, and slope * dy elsewhere, for `count` elements. */
    int32_t (*rectify_gradient)(cn_cuda_device* device, int32_t dtype, int64_t count, const void* y, const void* dy,
                                double slope, void* dx, cn_cuda_stream stream, cn_cuda_error* error);
    /* Depthwise convolution, for one to three spatial axes: groups, in_channels and out_channels are equal. dw is added
     * to. */
    int32_t (*depthwise_forward)(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x, const void* w,
                                 const cn_cuda_epilogue* epilogue, void* y, cn_cuda_stream stream,
                                 cn_cuda_error* error);
    int32_t (*depthwise_backward_data)(cn_cuda_device* device, const cn_cuda_problem* problem, const void* dy,
                                       const void* w, const cn_cuda_epilogue* epilogue, void* dx, cn_cuda_stream stream,
                                       cn_cuda_error* error);
    int32_t (*depthwise_backward_filter)(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x,
                                         const void* dy, void* dw, const cn_cuda_workspace* workspace,
                                         cn_cuda_stream stream, cn_cuda_error* error);
    /* target[matrices, columns, rows] = source[matrices, rows, columns], += when accumulate is 1. */
    int32_t (*transpose)(cn_cuda_device* device, const cn_cuda_transpose* transpose, const void* source, void* target,
                         cn_cuda_stream stream, cn_cuda_error* error);
} cn_cuda_operation_table;

/* ---- cuDNN --------------------------------------------------------------------------------------------------- */

enum { CN_CUDA_FORWARD = 0, CN_CUDA_BACKWARD_DATA = 1, CN_CUDA_BACKWARD_FILTER = 2, CN_CUDA_PASSES = 3 };

/* What all operands may have to be aligned to, in bytes. */
#define CN_CUDA_ALIGNMENT 16

/* What follows a pass: for a bias, and for a bias with a slope of 0. */
enum { CN_CUDA_NO_EPILOGUE = 0, CN_CUDA_BIAS = 1, CN_CUDA_BIAS_AND_RELU = 2, CN_CUDA_EPILOGUES = 3 };

/* The algorithms of one problem on one device: immutable, used by any number of threads and streams at once. */
typedef struct cn_cudnn_plan cn_cudnn_plan;

/* Device memory for autotuning, counted by the core against the device's limits. Null when there is no more. */
typedef struct cn_cuda_allocator {
    void* context;
    void* (*allocate)(void* context, int64_t bytes);
    void (*deallocate)(void* context, void* memory, int64_t bytes);
} cn_cuda_allocator;

typedef struct cn_cudnn_limits {
    int64_t workspace_limit_bytes;
    int32_t deterministic;    /* 1: only algorithms that give the same bits every time. */
    int32_t tf32;             /* 1: float32 may use TF32, unless the problem is strict. */
    int32_t autotune;         /* 1: plan_tune times the algorithms; 0: it does nothing. */
    int32_t overwrite_filter; /* 1: backward_filter writes dw; 0: it adds to what is there. */
} cn_cudnn_limits;

typedef struct cn_cudnn_library {
    int32_t available; /* 1 when cuDNN was found and its major version is right. */
    int32_t version;   /* As cuDNN counts: 91002 is 9.10.2; 0 when no cuDNN was found. */
    char path[512];    /* The file, or "". */
    char why[1024];    /* Why it is not available and how to mend it, or "". */
} cn_cudnn_library;

/* What one call runs on. */
typedef struct cn_cudnn_launch {
    cn_cuda_stream stream;
    void* workspace; /* Aligned to 256 bytes. */
    int64_t workspace_bytes;
    const char** algorithm; /* Receives the name of the algorithm that ran, as plan_algorithm says it; or NULL. */
} cn_cudnn_launch;

typedef struct cn_cudnn_table {
    /* Looks for cuDNN the first time, and says what was found. Never fails. */
    void (*library)(cn_cudnn_library* library);

    /* Whether a problem can be computed on a device: `supported` is 1 or 0, and `why` (capacity bytes) the reason. */
    int32_t (*supports)(int32_t device_index, const cn_cuda_problem* problem, const cn_cudnn_limits* limits,
                        int32_t* supported, char* why, int64_t capacity, cn_cuda_error* error);

    /* Chooses algorithms by cuDNN's heuristics, or takes them from the cache. */
    int32_t (*plan_create)(int32_t device_index, const cn_cuda_problem* problem, const cn_cudnn_limits* limits,
                           cn_cudnn_plan** plan, cn_cuda_error* error);
    void (*plan_destroy)(cn_cudnn_plan* plan);

    /* Where the limits say so, chooses again by time, on `stream` and in memory of `allocator` that is in its order,
     * unless that was done before: for what is about to be run, so that nothing is timed in vain. Waits. */
    int32_t (*plan_tune)(const cn_cudnn_plan* plan, int32_t pass, int32_t epilogue, const cn_cuda_allocator* allocator,
                         cn_cuda_stream stream, cn_cuda_error* error);

    /* The algorithm that `pass` takes before `epilogue` with at most `workspace_bytes` of workspace, and what it needs
     * of it. The plan has several for each, best first, so that less workspace leads to the next that fits; some are
     * only for operands that are all `aligned` (1) to CN_CUDA_ALIGNMENT bytes. `unsupported` when none does. `name` is
     * text that lives as long as the process. */
    int32_t (*plan_algorithm)(const cn_cudnn_plan* plan, int32_t pass, int32_t epilogue, int32_t aligned,
                              int64_t workspace_bytes, const char** name, int64_t* needed_bytes, cn_cuda_error* error);

    /* Each takes the algorithm that plan_algorithm names for launch->workspace_bytes, or the next that fits when cuDNN
     * cannot run it. Slopes are 1, or, with a bias, 0. `unsupported` with the argument "epilogue" says that
     * all is done but the epilogue, which cuDNN cannot do to this tensor. */
    int32_t (*forward)(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* x, const void* w,
                       const cn_cuda_epilogue* epilogue, void* y, cn_cuda_error* error);
    int32_t (*backward_data)(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* dy, const void* w,
                             const cn_cuda_epilogue* epilogue, void* dx, cn_cuda_error* error);
    /* dw += the gradient, or, when the limits say so, = it. */
    int32_t (*backward_filter)(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* x, const void* dy,
                               void* dw, cn_cuda_error* error);

    /* Frees what is kept for a stream that is about to be destroyed, or for all streams of a device that is about to
     * be closed. */
    void (*release_stream)(int32_t device_index, cn_cuda_stream stream);
    void (*release_device)(int32_t device_index);
} cn_cudnn_table;

/* ---- the exchange -------------------------------------------------------------------------------------------- */

/* What the core lends to the plug-in. Log levels are those of convnet::log::Level; text is valid during the call. */
typedef struct cn_cuda_host {
    void (*log)(int32_t level, const char* message);
} cn_cuda_host;

typedef struct cn_cuda_tables {
    uint32_t version;        /* CN_CUDA_API_VERSION of the plug-in. */
    int32_t runtime_version; /* The CUDA runtime that it was built with. */
    const cn_cuda_device_table* devices;
    const cn_cuda_operation_table* operations;
    const cn_cudnn_table* cudnn;
} cn_cuda_tables;

/* The only function that the plug-in exports, as "convnet_cuda_exchange". `host` must live as long as the process.
 * Refuses a `version` that is not its own. The tables are static. */
typedef int32_t (*cn_cuda_exchange)(uint32_t version, const cn_cuda_host* host, const cn_cuda_tables** tables,
                                    cn_cuda_error* error);

#if defined(__cplusplus)
}
#endif

#endif
