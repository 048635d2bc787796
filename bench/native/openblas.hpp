// The few functions of OpenBLAS that the benchmark calls. The package with the library has no header, and the one with
// the header would change which BLAS other programs are built with.
#pragma once

#include <cstdint>

namespace bench {

/** Sets how many threads OpenBLAS uses from now on, in the whole process. */
void set_blas_threads(int64_t threads);

/** c [m, n] = a * b + beta * c, all row-major and dense; a is [m, k], or [k, m] when transposed, b likewise. */
void sgemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float* a, const float* b,
           float beta, float* c);

}  // namespace bench
