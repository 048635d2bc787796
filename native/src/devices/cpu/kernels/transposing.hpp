// How kernels.cpp turns rows into columns. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

// Square blocks of one vector a row are transposed in registers: after step s, pairs of rows s apart have exchanged
// the halves of each 2s elements.
template <class T, int step>
CONVNET_INLINE void exchange(typename Vector<T>::type* rows) {
    constexpr int lanes = Vector<T>::lanes;
    if constexpr (step < lanes) {
        typename Vector<T>::index low{}, high{};
        CONVNET_UNROLL
        for (int i = 0; i < lanes; ++i) {
            const bool upper = (i & step) != 0;
            low[i] = upper ? lanes + i - step : i;
            high[i] = upper ? lanes + i : i + step;
        }
        CONVNET_UNROLL
        for (int r = 0; r < lanes; ++r) {
            if ((r & step) == 0) {
                const auto first = rows[r], second = rows[r + step];
                rows[r] = __builtin_shuffle(first, second, low);
                rows[r + step] = __builtin_shuffle(first, second, high);
            }
        }
        exchange<T, step * 2>(rows);
    }
}

template <class T, bool whole>
CONVNET_INLINE void transpose_block(const T* in, std::int64_t in_stride, std::int64_t rows, T* out,
                                    std::int64_t out_stride) {
    constexpr int lanes = Vector<T>::lanes;
    typename Vector<T>::type block[lanes];
    CONVNET_UNROLL
    for (int i = 0; i < lanes; ++i) {
        block[i] = whole || i < rows ? load(in + i * in_stride) : typename Vector<T>::type{};
    }
    exchange<T, 1>(block);
    CONVNET_UNROLL
    for (int i = 0; i < lanes; ++i) {
        store_some(out + i * out_stride, block[i], whole ? lanes : rows);
    }
}

/// Place q of vector m takes what is at place q of vector m - q.
template <class T, int vectors, int step>
CONVNET_INLINE void skew(typename Vector<T>::type* v) {
    if constexpr (step < vectors) {
        constexpr int lanes = Vector<T>::lanes;
        typename Vector<T>::index moved{};
        CONVNET_UNROLL
        for (int q = 0; q < lanes; ++q) {
            moved[q] = (q % vectors & step) != 0 ? lanes + q : q;
        }
        typename Vector<T>::type skewed[vectors];
        CONVNET_UNROLL
        for (int m = 0; m < vectors; ++m) {
            skewed[m] = __builtin_shuffle(v[m], v[(m + vectors - step) % vectors], moved);
        }
        CONVNET_UNROLL
        for (int m = 0; m < vectors; ++m) {
            v[m] = skewed[m];
        }
        skew<T, vectors, 2 * step>(v);
    }
}

// As many rows without gaps as a vector has places. Their number and that of the columns, which is odd, have no common
// divisor: each place of a vector has one element of every column, and vectors that are blended by place have whole ones.
template <class T, int columns>
CONVNET_INLINE void transpose_dense(const T* in, T* out, std::int64_t out_stride) {
    constexpr int lanes = Vector<T>::lanes;
    typename Vector<T>::type v[columns];  // by the column of its first element
    CONVNET_UNROLL
    for (int i = 0; i < columns; ++i) {
        v[i * lanes % columns] = load(in + i * lanes);
    }
    skew<T, columns, 1>(v);
    CONVNET_UNROLL
    for (int c = 0; c < columns; ++c) {
        typename Vector<T>::index places{};
        CONVNET_UNROLL
        for (int i = 0; i < lanes; ++i) {
            places[i] = (i * columns + c) % lanes;
        }
        store(out + c * out_stride, __builtin_shuffle(v[c], places));
    }
}

template <class T>
void transpose(const T* in, std::int64_t in_stride, std::int64_t rows, std::int64_t columns, T* out,
               std::int64_t out_stride) {
    constexpr int lanes = Vector<T>::lanes;
    if (rows == lanes && columns == dense_columns && in_stride == dense_columns) {
        transpose_dense<T, dense_columns>(in, out, out_stride);
        return;
    }
    const std::int64_t whole_columns = columns / lanes * lanes;
    for (std::int64_t r = 0; r < rows; r += lanes) {
        const std::int64_t count = rows - r < lanes ? rows - r : lanes;
        for (std::int64_t c = 0; c < whole_columns; c += lanes) {
            const T* const from = in + r * in_stride + c;
            T* const to = out + c * out_stride + r;
            if (count == lanes) {
                transpose_block<T, true>(from, in_stride, count, to, out_stride);
            } else {
                transpose_block<T, false>(from, in_stride, count, to, out_stride);
            }
        }
        for (std::int64_t i = r; i < r + count; ++i) {
            for (std::int64_t j = whole_columns; j < columns; ++j) {
                out[j * out_stride + i] = in[i * in_stride + j];
            }
        }
    }
}

/// Goes from vector to vector of rows that are `pitch` vectors apart.
template <class T, class Pointer>
class RowWalk {
public:
    CONVNET_INLINE RowWalk(Pointer vectors, std::int64_t columns, std::int64_t pitch)
        : at_(vectors), columns_(columns), left_(columns), gap_((pitch - columns) * Vector<T>::lanes) {}

    CONVNET_INLINE Pointer next() {
        const Pointer at = at_;
        at_ += Vector<T>::lanes;
        if (--left_ == 0) {
            at_ += gap_;
            left_ = columns_;
        }
        return at;
    }

private:
    Pointer at_;
    const std::int64_t columns_;
    std::int64_t left_;
    const std::int64_t gap_;
};

template <class T>
void planes_to_vectors(const PlaneRows<const T>& p, T* vectors) {
    using V = typename Vector<T>::type;
    constexpr int lanes = Vector<T>::lanes;
    RowWalk<T, T*> to(vectors, p.columns, p.pitch);
    for (std::int64_t first = 0, count = p.rows * p.columns; first < count; first += lanes) {
        V block[lanes];
        CONVNET_UNROLL
        for (int i = 0; i < lanes; ++i) {
            block[i] = i < p.channels ? load_some(p.planes + i * p.plane_stride + first, count - first) : V{};
        }
        exchange<T, 1>(block);
        CONVNET_UNROLL
        for (int i = 0; i < lanes; ++i) {
            if (first + i < count) {
                store(to.next(), block[i]);
            }
        }
    }
}

template <class T>
void vectors_to_planes(const T* vectors, const PlaneRows<T>& p) {
    using V = typename Vector<T>::type;
    constexpr int lanes = Vector<T>::lanes;
    RowWalk<T, const T*> from(vectors, p.columns, p.pitch);
    for (std::int64_t first = 0, count = p.rows * p.columns; first < count; first += lanes) {
        V block[lanes];
        CONVNET_UNROLL
        for (int i = 0; i < lanes; ++i) {
            block[i] = first + i < count ? load(from.next()) : V{};
        }
        exchange<T, 1>(block);
        CONVNET_UNROLL
        for (int i = 0; i < lanes; ++i) {
            if (i < p.channels) {
                store_some(p.planes + i * p.plane_stride + first, block[i], count - first);
            }
        }
    }
}

}  // namespace
}  // namespace convnet::cpu
