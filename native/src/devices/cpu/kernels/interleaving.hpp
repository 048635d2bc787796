// How kernels.cpp puts the phases of strided results together. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// One vector of each of `step` rows in turns. Each round takes rows r and r + step / 2 in turns.
template <class T, int step>
CONVNET_INLINE void interleave_vectors(typename Vector<T>::type (&rows)[step]) {
    CONVNET_UNROLL
    for (int rounds = step; rounds > 1; rounds /= 2) {
        typename Vector<T>::type mixed[step];
        CONVNET_UNROLL
        for (int r = 0; r < step / 2; ++r) {
            mixed[2 * r] = in_turns<T>(rows[r], rows[r + step / 2], 0);
            mixed[2 * r + 1] = in_turns<T>(rows[r], rows[r + step / 2], Vector<T>::lanes / 2);
        }
        CONVNET_UNROLL
        for (int r = 0; r < step; ++r) {
            rows[r] = mixed[r];
        }
    }
}

/// The next vector of each row in turns.
template <class T, int step>
CONVNET_INLINE void interleave_block(const T* in, std::int64_t in_stride, T* out) {
    typename Vector<T>::type rows[step];
    CONVNET_UNROLL
    for (int r = 0; r < step; ++r) {
        rows[r] = load(in + r * in_stride);
    }
    interleave_vectors<T, step>(rows);
    CONVNET_UNROLL
    for (int r = 0; r < step; ++r) {
        store(out + r * Vector<T>::lanes, rows[r]);
    }
}

template <class T, int step>
CONVNET_INLINE void interleave_rows(const T* in, std::int64_t in_stride, std::int64_t count, T* out) {
    constexpr int lanes = Vector<T>::lanes;
    for (; count >= lanes; count -= lanes, in += lanes, out += step * lanes) {
        interleave_block<T, step>(in, in_stride, out);
    }
    if (count > 0) {
        alignas(CONVNET_VECTOR_BYTES) T last[step * lanes];
        interleave_block<T, step>(in, in_stride, last);
        for (std::int64_t i = 0; i < count * step; ++i) {
            out[i] = last[i];
        }
    }
}

template <class T>
void interleave(const T* in, std::int64_t in_stride, std::int64_t step, std::int64_t count, T* out) {
    switch (step) {
        case 2:
            return interleave_rows<T, 2>(in, in_stride, count, out);
        case 4:
            return interleave_rows<T, 4>(in, in_stride, count, out);
        case 8:
            return interleave_rows<T, 8>(in, in_stride, count, out);
        default:
            for (std::int64_t i = 0; i < count; ++i) {
                for (std::int64_t r = 0; r < step; ++r) {
                    *out++ = in[r * in_stride + i];
                }
            }
    }
}

}  // namespace
}  // namespace convnet::cpu
