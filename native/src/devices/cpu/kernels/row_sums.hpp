// How kernels.cpp multiplies a single row with a matrix: rows of the matrix pass by from their beginning to their end, a few
// at a time. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// `count` rows from `first` on.
template <class T, int count>
void add_rows(const RowSum<T>& sum, std::int64_t first) {
    using V = typename Vector<T>::type;
    const T* rows[count];
    V factors[count];
    CONVNET_UNROLL
    for (int r = 0; r < count; ++r) {
        rows[r] = sum.rows + (first + r) * sum.stride;
        factors[r] = broadcast(sum.factors[(first + r) * sum.factor_stride]);
    }
    const bool adds = sum.accumulate || first > 0;
    const auto add = [&](std::int64_t column, const auto& load_at, V result) {
        CONVNET_UNROLL
        for (int r = 0; r < count; ++r) {
            result += factors[r] * load_at(rows[r] + column);
        }
        return result;
    };
    std::int64_t column = 0;
    for (; column + Vector<T>::lanes <= sum.columns; column += Vector<T>::lanes) {
        T* const out = sum.out + column;
        store(out, add(column, load<T>, adds ? load(out) : V{}));
    }
    const std::int64_t left = sum.columns - column;
    if (left > 0) {
        T* const out = sum.out + column;
        const auto load_left = [left](const T* p) { return load_some(p, left); };
        store_some(out, add(column, load_left, adds ? load_left(out) : V{}), left);
    }
}

template <class T>
void sum_rows(const RowSum<T>& sum) {
    constexpr int at_once = 4;
    std::int64_t row = 0;
    for (; row + at_once <= sum.count; row += at_once) {
        add_rows<T, at_once>(sum, row);
    }
    for (; row < sum.count; ++row) {
        add_rows<T, 1>(sum, row);
    }
}

}  // namespace
}  // namespace convnet::cpu
