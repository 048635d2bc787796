// Winograd's minimal filtering by the construction of Cook and Toom: F(outputs, taps) finds `outputs` sums over `taps`
// inputs each with outputs + taps - 1 products, as polynomials that are multiplied by their values at as many points.
// y = A^T ((G g) * (B^T d)), with the names of Lavin and Gray (2016). As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// The finite points; the last one of all is infinity. Pairs of opposite ones halve the work.
inline constexpr double filtering_points[] = {0, 1, -1, 2, -2, 0.5};

/// The product of (point - q) over all finite points q but number `left_out`.
constexpr double distances(int count, int left_out) {
    double product = 1;
    for (int i = 0; i < count; ++i) {
        product *= i == left_out ? 1 : filtering_points[left_out] - filtering_points[i];
    }
    return product;
}

constexpr double power(double base, int exponent) {
    double value = 1;
    for (int i = 0; i < exponent; ++i) {
        value *= base;
    }
    return value;
}

/// The coefficient of x^exponent in the product of (x - q) over all of `count` finite points q but number `left_out`.
constexpr double coefficient(int count, int left_out, int exponent) {
    double polynomial[8] = {1};
    int degree = 0;
    for (int i = 0; i < count; ++i) {
        if (i != left_out) {
            ++degree;
            for (int k = degree; k > 0; --k) {
                polynomial[k] = polynomial[k - 1] - filtering_points[i] * polynomial[k];
            }
            polynomial[0] *= -filtering_points[i];
        }
    }
    return exponent > degree ? 0 : polynomial[exponent];
}

/// B^T, of the inputs.
template <int points>
struct InputMatrix {
    static constexpr int rows = points, columns = points;
    static constexpr double at(int row, int column) {
        return coefficient(points - 1, row, column);  // of the last row, infinity's, no point is left out
    }
};

/// G, of the filter.
template <int points, int taps>
struct FilterMatrix {
    static constexpr int rows = points, columns = taps;
    static constexpr double at(int row, int column) {
        if (row == points - 1) {
            return column == taps - 1 ? 1 : 0;
        }
        return power(filtering_points[row], column) / distances(points - 1, row);
    }
};

/// A^T, of the products.
template <int points, int outputs>
struct OutputMatrix {
    static constexpr int rows = outputs, columns = points;
    static constexpr double at(int row, int column) {
        if (column == points - 1) {
            return row == outputs - 1 ? 1 : 0;
        }
        return power(filtering_points[column], row);
    }
};

/// Whether row + 1 is the row with every other sign turned: points that are opposite.
template <class Matrix>
constexpr bool mirrors_row(int row) {
    if (row + 1 >= Matrix::rows) {
        return false;
    }
    for (int c = 0; c < Matrix::columns; ++c) {
        if (Matrix::at(row + 1, c) != (c % 2 == 0 ? 1 : -1) * Matrix::at(row, c)) {
            return false;
        }
    }
    return true;
}

template <class Matrix>
constexpr bool mirrors_column(int column) {
    if (column + 1 >= Matrix::columns) {
        return false;
    }
    for (int r = 0; r < Matrix::rows; ++r) {
        if (Matrix::at(r, column + 1) != (r % 2 == 0 ? 1 : -1) * Matrix::at(r, column)) {
            return false;
        }
    }
    return true;
}

/// Which columns are the first of a mirrored pair.
template <class Matrix>
struct MirroredColumns {
    bool first[Matrix::columns] = {};

    constexpr MirroredColumns() {
        for (int c = 1; c < Matrix::columns; c += 2) {
            first[c] = mirrors_column<Matrix>(c);
        }
    }
};

/// sum + the products of row `row` from column `column` on, every `step`-th. The first product begins the sum.
template <class T, class Matrix, int row, int column, int step, bool begun, class V>
CONVNET_INLINE V add_terms(const V (&in)[Matrix::columns], V sum) {
    if constexpr (column >= Matrix::columns) {
        return sum;
    } else {
        constexpr double factor = Matrix::at(row, column);
        if constexpr (factor == 0) {
            return add_terms<T, Matrix, row, column + step, step, begun>(in, sum);
        } else {
            if constexpr (factor == 1) {
                sum = begun ? sum + in[column] : in[column];
            } else if constexpr (factor == -1) {
                sum = begun ? sum - in[column] : -in[column];
            } else {
                const V product = broadcast(static_cast<T>(factor)) * in[column];
                sum = begun ? sum + product : product;
            }
            return add_terms<T, Matrix, row, column + step, step, true>(in, sum);
        }
    }
}

/// out = Matrix * in, from row `row` on.
template <class T, class Matrix, int row, class V>
CONVNET_INLINE void multiply_rows(const V (&in)[Matrix::columns], V (&out)[Matrix::rows]) {
    if constexpr (row >= Matrix::rows) {
        return;
    } else if constexpr (mirrors_row<Matrix>(row)) {
        const V even = add_terms<T, Matrix, row, 0, 2, false>(in, V{});
        const V odd = add_terms<T, Matrix, row, 1, 2, false>(in, V{});
        out[row] = even + odd;
        out[row + 1] = even - odd;
        multiply_rows<T, Matrix, row + 2>(in, out);
    } else {
        out[row] = add_terms<T, Matrix, row, 0, 1, false>(in, V{});
        multiply_rows<T, Matrix, row + 1>(in, out);
    }
}

/// A matrix for inputs whose mirrored pairs have become sums, for its even rows, or differences, for its odd ones.
template <class Matrix>
struct FoldedColumns {
    static constexpr int rows = Matrix::rows, columns = Matrix::columns;
    static constexpr double at(int row, int column) {
        const bool second = column > 0 && column % 2 == 0 && mirrors_column<Matrix>(column - 1);
        return second ? 0 : Matrix::at(row, column);
    }
};

template <class T, class Matrix, int row, class V>
CONVNET_INLINE void multiply_folded(const V (&sums)[Matrix::columns], const V (&differences)[Matrix::columns],
                                    V (&out)[Matrix::rows]) {
    if constexpr (row < Matrix::rows) {
        out[row] = row % 2 == 0 ? add_terms<T, FoldedColumns<Matrix>, row, 0, 1, false>(sums, V{})
                                : add_terms<T, FoldedColumns<Matrix>, row, 0, 1, false>(differences, V{});
        multiply_folded<T, Matrix, row + 1>(sums, differences, out);
    }
}

/// out = Matrix * in.
template <class T, class Matrix, class V>
CONVNET_INLINE void multiply_matrix(const V (&in)[Matrix::columns], V (&out)[Matrix::rows]) {
    constexpr bool by_rows = mirrors_row<Matrix>(1);
    if constexpr (by_rows) {
        multiply_rows<T, Matrix, 0>(in, out);
    } else {
        constexpr MirroredColumns<Matrix> mirrored;
        V sums[Matrix::columns], differences[Matrix::columns];
        CONVNET_UNROLL
        for (int c = 0; c < Matrix::columns; ++c) {
            const bool first = mirrored.first[c];
            const int second = c + 1 < Matrix::columns ? c + 1 : c;
            sums[c] = first ? in[c] + in[second] : in[c];
            differences[c] = first ? in[c] - in[second] : in[c];
        }
        multiply_folded<T, Matrix, 0>(sums, differences, out);
    }
}

}  // namespace
}  // namespace convnet::cpu
