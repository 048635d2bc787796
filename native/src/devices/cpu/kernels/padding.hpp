// How kernels.cpp copies a source into padded rows. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// Writes whole vectors, so up to a vector behind `end` is overwritten too.
template <class T>
CONVNET_INLINE void fill_zero(T* out, const T* end) {
    for (; out < end; out += Vector<T>::lanes) {
        store(out, typename Vector<T>::type{});
    }
}

/// Row r of the plane between zeros, or zeros only where the plane has no such row. Overwrites what is behind.
template <class T>
CONVNET_INLINE void pad_row(const PaddedRows<T>& p, std::int64_t r, std::int64_t length, T* out) {
    constexpr int lanes = Vector<T>::lanes;
    if (r < 0 || r >= p.plane_rows || p.lead >= length) {
        return fill_zero(out, out + length);
    }
    const std::int64_t count = length - p.lead < p.plane_columns ? length - p.lead : p.plane_columns;
    const T* const in = p.plane + r * p.plane_columns;
    T* const end = out + length;
    fill_zero(out, out + p.lead);
    out += p.lead;
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        __builtin_prefetch(in + i + p.ahead);
        store(out + i, load(in + i));
    }
    copy_some(in + i, count - i, out + i);
    fill_zero(out + count, end);
}

/// Rows that are not split, most of which are read in whole vectors.
template <class T>
CONVNET_INLINE void pad_rows(const PaddedRows<T>& p) {
    constexpr int lanes = Vector<T>::lanes;
    const std::int64_t count = p.pitch - p.lead < p.plane_columns ? p.pitch - p.lead : p.plane_columns;
    const std::int64_t read = (count + lanes - 1) / lanes * lanes, elements = p.plane_rows * p.plane_columns;
    T* out = p.out;
    for (std::int64_t i = 0; i < p.rows; ++i, out += p.row_stride) {
        const std::int64_t r = p.first_row + i * p.row_step;
        if (r < 0 || r * p.plane_columns + read > elements || p.lead > lanes || count <= 0) {
            pad_row(p, r, p.pitch, out);
            continue;
        }
        const T* const in = p.plane + r * p.plane_columns;
        store(out, typename Vector<T>::type{});
        for (std::int64_t c = 0; c < count; c += lanes) {
            __builtin_prefetch(in + c + p.ahead);
            store(out + p.lead + c, load(in + c));
        }
        fill_zero(out + p.lead + count, out + p.pitch);
    }
}

/// The even elements of `length` to `even`, the odd ones to `odd`.
template <class T>
CONVNET_INLINE void split(const T* in, std::int64_t length, T* even, T* odd) {
    constexpr int lanes = Vector<T>::lanes;
    for (std::int64_t i = 0; 2 * i < length; i += lanes) {
        const auto low = load(in + 2 * i), high = load(in + 2 * i + lanes);
        store(even + i, every_other<T>(low, high, 0));
        store(odd + i, every_other<T>(low, high, 1));
    }
}

/// out[part][i] = row[i * parts + part]; `row` is overwritten, and `spare` is as long.
template <class T>
CONVNET_INLINE void split_row(const PaddedRows<T>& p, T* row, T* spare, std::int64_t length, T* out) {
    if ((p.parts & (p.parts - 1)) != 0) {
        for (std::int64_t part = 0; part < p.parts; ++part) {
            for (std::int64_t i = 0; i < p.pitch; ++i) {
                out[part * p.part_stride + i] = row[i * p.parts + part];
            }
        }
        return;
    }
    // Each round makes two of every part: of part q of so many, parts q and q + parts of twice as many.
    for (std::int64_t parts = 1; parts < p.parts; parts *= 2) {
        const bool last = 2 * parts == p.parts;
        const std::int64_t half = length / parts / 2, stride = last ? p.part_stride : half;
        T* const to = last ? out : spare;
        for (std::int64_t q = 0; q < parts; ++q) {
            split(row + q * 2 * half, 2 * half, to + q * stride, to + (q + parts) * stride);
        }
        spare = row;
        row = to;
    }
}

template <class T>
void pad(const PaddedRows<T>& p) {
    constexpr int lanes = Vector<T>::lanes;
    if (p.parts == 1) {
        return pad_rows(p);
    }
    T* out = p.out;
    // Some rows at a time: what was stored a moment ago, at another offset, is slow to load.
    const std::int64_t length = p.parts * ((p.pitch + lanes - 1) / lanes * lanes);
    T* const spare = p.unsplit + rows_split_at_once * length;
    for (std::int64_t first = 0; first < p.rows; first += rows_split_at_once) {
        const std::int64_t count = p.rows - first < rows_split_at_once ? p.rows - first : rows_split_at_once;
        for (std::int64_t r = 0; r < count; ++r) {
            pad_row(p, p.first_row + (first + r) * p.row_step, length, p.unsplit + r * length);
        }
        for (std::int64_t r = 0; r < count; ++r, out += p.row_stride) {
            split_row(p, p.unsplit + r * length, spare, length, out);
        }
    }
}

}  // namespace
}  // namespace convnet::cpu
