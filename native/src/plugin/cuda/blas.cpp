#include "plugin/cuda/blas.hpp"

#include <cublas_v2.h>

#include <string>

#include "geometry/data_type.hpp"
#include "plugin/cuda/check.hpp"
#include "plugin/dynamic_library.hpp"
#include "plugin/gemm_batches.hpp"

namespace convnet::plugin {
namespace {

// Named, because the header overloads the function with one of older types.
using GemmStridedBatchedEx = cublasStatus_t(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k,
                                            const void* alpha, const void* a, cudaDataType_t, int lda,
                                            long long a_stride, const void* b, cudaDataType_t, int ldb,
                                            long long b_stride, const void* beta, void* c, cudaDataType_t, int ldc,
                                            long long c_stride, int count, cublasComputeType_t, cublasGemmAlgo_t);

/// The functions of cuBLAS that are used. The library of 500 MB is loaded by whoever multiplies matrices with it.
struct Functions {
    decltype(&cublasCreate_v2) create = nullptr;
    decltype(&cublasDestroy_v2) destroy = nullptr;
    decltype(&cublasSetStream_v2) set_stream = nullptr;
    decltype(&cublasSetMathMode) set_math_mode = nullptr;
    GemmStridedBatchedEx* gemm = nullptr;
    std::string why;

    Functions() {
        const std::string file = text(
#if defined(_WIN32)
            "cublas64_", CUBLAS_VER_MAJOR, ".dll"
#else
            "libcublas.so.", CUBLAS_VER_MAJOR
#endif
        );
        static DynamicLibrary library(file, why);  // never unloaded: cuBLAS does not bear it
        if (!library) {
            why = text(file, " of CUDA ", CUBLAS_VER_MAJOR,
                       " was not found, which engine gemm multiplies matrices with; ",
                       "install CUDA's libraries, or add their folder to the library path, or choose engine cudnn (",
                       why, ")");
            return;
        }
        find(library, "cublasCreate_v2", create);
        find(library, "cublasDestroy_v2", destroy);
        find(library, "cublasSetStream_v2", set_stream);
        find(library, "cublasSetMathMode", set_math_mode);
        find(library, "cublasGemmStridedBatchedEx", gemm);
    }

    template <class Function>
    void find(const DynamicLibrary& library, const char* name, Function& function) {
        function = reinterpret_cast<Function>(library.symbol(name));
        if (function == nullptr) {
            why = text("cuBLAS has no function ", name, "; install cuBLAS ", CUBLAS_VER_MAJOR, ".", CUBLAS_VER_MINOR,
                       " or newer");
        }
    }
};

const Functions& functions() {
    static const Functions loaded;
    if (!loaded.why.empty()) {
        throw Error(Status::unsupported, "engine", loaded.why);
    }
    return loaded;
}

void check(cublasStatus_t status, const char* what) {
    if (status == CUBLAS_STATUS_ALLOC_FAILED) {
        throw Error(Status::out_of_memory, "", text(what, ": cuBLAS found no memory; free blobs and layers"));
    }
    if (status != CUBLAS_STATUS_SUCCESS) {
        throw Error(Status::device_error, "", text(what, ": cuBLAS failed with status ", static_cast<int>(status)));
    }
}

struct Types {
    cudaDataType_t data;
    cublasComputeType_t compute;
};

// Types of 16 bits are added up in float32. Float32 is rounded to TF32 only where that is allowed.
Types types_of(const cn_cuda_gemm& g) {
    switch (static_cast<DataType>(g.dtype)) {
        case DataType::float64:
            return {CUDA_R_64F, CUBLAS_COMPUTE_64F};
        case DataType::float16:
            return {CUDA_R_16F, CUBLAS_COMPUTE_32F};
        case DataType::bfloat16:
            return {CUDA_R_16BF, CUBLAS_COMPUTE_32F};
        case DataType::float32:
            break;
    }
    return {CUDA_R_32F, g.tf32 != 0 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F};
}

}  // namespace

void Blas::gemm(const cn_cuda_gemm& g, cudaStream_t stream) {
    const Functions& cublas = functions();
    const Types types = types_of(g);
    const std::lock_guard lock(mutex_);
    if (handle_ == nullptr) {
        cublasHandle_t handle = nullptr;
        check(cublas.create(&handle), "opening cuBLAS");
        handle_ = handle;
        check(cublas.set_math_mode(handle, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION), "setting up cuBLAS");
    }
    auto* const handle = static_cast<cublasHandle_t>(handle_);
    check(cublas.set_stream(handle, stream), "setting the stream of cuBLAS");
    for_each_batch(g, [&](const GemmBatch& batch) {
        const double one_double = 1, beta_double = batch.accumulate ? 1 : 0;
        const float one_float = 1, beta_float = batch.accumulate ? 1 : 0;
        const bool is_double = types.compute == CUBLAS_COMPUTE_64F;
        const void* const alpha = is_double ? static_cast<const void*>(&one_double) : &one_float;
        const void* const beta = is_double ? static_cast<const void*>(&beta_double) : &beta_float;
        // cuBLAS counts by columns: a matrix by rows is its transpose there, and C^T = op(B)^T op(A)^T.
        check(cublas.gemm(handle, g.transpose_b != 0 ? CUBLAS_OP_T : CUBLAS_OP_N,
                          g.transpose_a != 0 ? CUBLAS_OP_T : CUBLAS_OP_N, static_cast<int>(g.n), static_cast<int>(g.m),
                          static_cast<int>(g.k), alpha, batch.b, types.data, static_cast<int>(g.b.row_stride),
                          batch.b_stride, batch.a, types.data, static_cast<int>(g.a.row_stride), batch.a_stride, beta,
                          batch.c, types.data, static_cast<int>(g.c.row_stride), batch.c_stride, batch.count,
                          types.compute, CUBLAS_GEMM_DEFAULT),
              "multiplying matrices");
    });
}

void Blas::close() noexcept {
    if (handle_ != nullptr) {
        functions().destroy(static_cast<cublasHandle_t>(handle_));
        handle_ = nullptr;
    }
}

}  // namespace convnet::plugin
