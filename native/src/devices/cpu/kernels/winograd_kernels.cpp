// Compiled once for each instruction set, like kernels.cpp.
#include "devices/cpu/kernels/winograd_kernels.hpp"

#include "devices/cpu/kernels/minimal_filtering.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// Splits 4 * lanes elements into four vectors of every fourth one.
template <class T>
CONVNET_INLINE void split_by_four(const T* in, typename Vector<T>::type (&out)[4]) {
    constexpr int lanes = Vector<T>::lanes;
    const auto a = load(in), b = load(in + lanes), c = load(in + 2 * lanes), d = load(in + 3 * lanes);
    const auto even_low = every_other<T>(a, b, 0), even_high = every_other<T>(c, d, 0);
    const auto odd_low = every_other<T>(a, b, 1), odd_high = every_other<T>(c, d, 1);
    out[0] = every_other<T>(even_low, even_high, 0);
    out[1] = every_other<T>(odd_low, odd_high, 0);
    out[2] = every_other<T>(even_low, even_high, 1);
    out[3] = every_other<T>(odd_low, odd_high, 1);
}

/// The reverse.
template <class T>
CONVNET_INLINE void join_four(const typename Vector<T>::type (&in)[4], T* out) {
    constexpr int lanes = Vector<T>::lanes, half = lanes / 2;
    const auto even_low = in_turns<T>(in[0], in[2], 0), even_high = in_turns<T>(in[0], in[2], half);
    const auto odd_low = in_turns<T>(in[1], in[3], 0), odd_high = in_turns<T>(in[1], in[3], half);
    store(out, in_turns<T>(even_low, odd_low, 0));
    store(out + lanes, in_turns<T>(even_low, odd_low, half));
    store(out + 2 * lanes, in_turns<T>(even_high, odd_high, 0));
    store(out + 3 * lanes, in_turns<T>(even_high, odd_high, half));
}

/// B^T times a column of six.
template <class T, class V>
CONVNET_INLINE void transform_input(const V (&d)[winograd_in], V (&out)[winograd_in]) {
    const V four = broadcast(T{4}), five = broadcast(T{5}), two = broadcast(T{2});
    const V a = d[4] - four * d[2], b = d[3] - four * d[1];
    const V c = d[4] - d[2], e = two * (d[3] - d[1]);
    out[0] = four * d[0] - five * d[2] + d[4];
    out[1] = a + b;
    out[2] = a - b;
    out[3] = c + e;
    out[4] = c - e;
    out[5] = four * d[1] - five * d[3] + d[5];
}

/// A^T times a column of six.
template <class T, class V>
CONVNET_INLINE void transform_output(const V (&m)[winograd_in], V (&out)[winograd_out]) {
    const V two = broadcast(T{2}), four = broadcast(T{4}), eight = broadcast(T{8});
    const V sum_1 = m[1] + m[2], difference_1 = m[1] - m[2];
    const V sum_2 = m[3] + m[4], difference_2 = m[3] - m[4];
    out[0] = m[0] + sum_1 + sum_2;
    out[1] = difference_1 + two * difference_2;
    out[2] = sum_1 + four * sum_2;
    out[3] = difference_1 + eight * difference_2 + m[5];
}

template <class T>
void input(const T* rows, std::int64_t row_stride, std::int64_t tiles, T* out, std::int64_t point_stride) {
    using V = typename Vector<T>::type;
    constexpr int lanes = Vector<T>::lanes;
    for (std::int64_t tile = 0; tile < tiles; tile += lanes) {
        // First along the rows: tile t begins at 4 * t, so its columns are every fourth element.
        V along[winograd_in][winograd_in];
        CONVNET_UNROLL
        for (int r = 0; r < winograd_in; ++r) {
            const T* const row = rows + r * row_stride + winograd_out * tile;
            V first[4], next[4];
            split_by_four(row, first);
            split_by_four(row + 4, next);
            const V columns[winograd_in] = {first[0], first[1], first[2], first[3], next[0], next[1]};
            transform_input<T>(columns, along[r]);
        }
        CONVNET_UNROLL
        for (int column = 0; column < winograd_in; ++column) {
            V down[winograd_in], points[winograd_in];
            CONVNET_UNROLL
            for (int r = 0; r < winograd_in; ++r) {
                down[r] = along[r][column];
            }
            transform_input<T>(down, points);
            CONVNET_UNROLL
            for (int r = 0; r < winograd_in; ++r) {
                store(out + (r * winograd_in + column) * point_stride + tile, points[r]);
            }
        }
    }
}

template <class T, bool rectifies>
CONVNET_INLINE void output_tiles(const T* in, std::int64_t point_stride, std::int64_t tiles, T bias, T slope, T* rows,
                                 std::int64_t row_stride) {
    using V = typename Vector<T>::type;
    constexpr int lanes = Vector<T>::lanes;
    for (std::int64_t tile = 0; tile < tiles; tile += lanes) {
        V down[winograd_in][winograd_out];
        CONVNET_UNROLL
        for (int column = 0; column < winograd_in; ++column) {
            V points[winograd_in];
            CONVNET_UNROLL
            for (int r = 0; r < winograd_in; ++r) {
                points[r] = load(in + (r * winograd_in + column) * point_stride + tile);
            }
            transform_output<T>(points, down[column]);
        }
        CONVNET_UNROLL
        for (int r = 0; r < winograd_out; ++r) {
            V along[winograd_in], outputs[winograd_out];
            CONVNET_UNROLL
            for (int column = 0; column < winograd_in; ++column) {
                along[column] = down[column][r];
            }
            transform_output<T>(along, outputs);
            CONVNET_UNROLL
            for (int i = 0; i < winograd_out; ++i) {
                outputs[i] += broadcast(bias);
                if constexpr (rectifies) {
                    outputs[i] = rectified<T>(outputs[i], broadcast(slope));
                }
            }
            join_four<T>(outputs, rows + r * row_stride + winograd_out * tile);
        }
    }
}

template <class T>
void output(const T* in, std::int64_t point_stride, std::int64_t tiles, T bias, T slope, T* rows,
            std::int64_t row_stride) {
    if (slope != T{1}) {
        output_tiles<T, true>(in, point_stride, tiles, bias, slope, rows, row_stride);
    } else {
        output_tiles<T, false>(in, point_stride, tiles, bias, slope, rows, row_stride);
    }
}

template <class T, class Matrix>
void transform(const TileTransform<T>& t) {
    using V = typename Vector<T>::type;
    constexpr int rows = Matrix::rows, columns = Matrix::columns;
    for (std::int64_t tile = 0; tile < t.tiles; ++tile) {
        const T* const in = t.in + tile * t.in_tile;
        T* const out = t.out + tile * t.out_tile;
        V along[columns][rows];
        CONVNET_UNROLL
        for (int r = 0; r < columns; ++r) {
            V row[columns];
            CONVNET_UNROLL
            for (int c = 0; c < columns; ++c) {
                row[c] = load(in + r * t.in_row + c * t.in_column);
            }
            multiply_matrix<T, Matrix>(row, along[r]);
        }
        CONVNET_UNROLL
        for (int c = 0; c < rows; ++c) {
            V down[columns], points[rows];
            CONVNET_UNROLL
            for (int r = 0; r < columns; ++r) {
                down[r] = along[r][c];
            }
            multiply_matrix<T, Matrix>(down, points);
            CONVNET_UNROLL
            for (int r = 0; r < rows; ++r) {
                store(out + r * t.out_row + c * t.out_column, points[r]);
            }
        }
    }
}

template <class T, int outputs, int taps>
constexpr MinimalFiltering<T> filtering() {
    constexpr int points = outputs + taps - 1;
    return {outputs, taps, transform<T, InputMatrix<points>>, transform<T, FilterMatrix<points, taps>>,
            transform<T, OutputMatrix<points, outputs>>};
}

}  // namespace

namespace CONVNET_ISA {
extern const WinogradKernels<float> float_winograd_kernels;
extern const WinogradKernels<double> double_winograd_kernels;
constinit const WinogradKernels<float> float_winograd_kernels{
    Vector<float>::lanes, input<float>, output<float>, {filtering<float, 3, 4>()}};
constinit const WinogradKernels<double> double_winograd_kernels{
    Vector<double>::lanes, input<double>, output<double>, {filtering<double, 3, 4>()}};
}  // namespace CONVNET_ISA

}  // namespace convnet::cpu
