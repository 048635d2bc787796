#include "openblas.hpp"

#include "problem.hpp"

extern "C" {
void openblas_set_num_threads(int threads);
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc);
}

namespace bench {

void set_blas_threads(int64_t threads) { openblas_set_num_threads(static_cast<int>(threads)); }

void sgemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float* a, const float* b,
           float beta, float* c) {
    constexpr int row_major = 101, as_it_is = 111, transposed = 112;
    cblas_sgemm(row_major, transpose_a ? transposed : as_it_is, transpose_b ? transposed : as_it_is,
                static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), 1.0F, a,
                static_cast<int>(transpose_a ? m : k), b, static_cast<int>(transpose_b ? k : n), beta, c,
                static_cast<int>(n));
}

}  // namespace bench

/** One product c [m, n] = a [m, k] * b [k, n], for the comparison with a convolution of the same size. */
BENCH_API void convnet_bench_sgemm(int64_t threads, int64_t m, int64_t n, int64_t k, const float* a, const float* b,
                                   float* c) {
    bench::set_blas_threads(threads);
    bench::sgemm(false, false, m, n, k, a, b, 0.0F, c);
}
