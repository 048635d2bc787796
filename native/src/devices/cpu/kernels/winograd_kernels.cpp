// Compiled once for each instruction set, like kernels.cpp.
#include "devices/cpu/kernels/winograd_kernels.hpp"

#include "devices/cpu/kernels/minimal_filtering.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

template <class T, class Matrix, class Finish>
CONVNET_INLINE void transform_tiles(const TileTransform<T>& t, const Finish& finish) {
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
                store(out + r * t.out_row + c * t.out_column, finish(points[r]));
            }
        }
    }
}

/// The same from one side.
template <class T, class Matrix, class Finish>
CONVNET_INLINE void transform_lines(const TileTransform<T>& t, const Finish& finish) {
    using V = typename Vector<T>::type;
    for (std::int64_t tile = 0; tile < t.tiles; ++tile) {
        const T* const in = t.in + tile * t.in_tile;
        T* const out = t.out + tile * t.out_tile;
        V column[Matrix::columns], points[Matrix::rows];
        CONVNET_UNROLL
        for (int r = 0; r < Matrix::columns; ++r) {
            column[r] = load(in + r * t.in_row);
        }
        multiply_matrix<T, Matrix>(column, points);
        CONVNET_UNROLL
        for (int r = 0; r < Matrix::rows; ++r) {
            store(out + r * t.out_row, finish(points[r]));
        }
    }
}

template <class T, class Matrix, bool of_lines, class Finish>
CONVNET_INLINE void transform_with(const TileTransform<T>& t, const Finish& finish) {
    if constexpr (of_lines) {
        transform_lines<T, Matrix>(t, finish);
    } else {
        transform_tiles<T, Matrix>(t, finish);
    }
}

template <class T, class Matrix, bool of_lines>
void transform(const TileTransform<T>& t) {
    transform_with<T, Matrix, of_lines>(t, [](typename Vector<T>::type result) { return result; });
}

template <class T, class Matrix, bool of_lines>
void transform_output(const TileTransform<T>& t) {
    using V = typename Vector<T>::type;
    const V bias = t.bias != nullptr ? load(t.bias) : V{};
    if (t.slope != T{1}) {
        const V slope = broadcast(t.slope);
        transform_with<T, Matrix, of_lines>(t, [&](V result) { return rectified<T>(result + bias, slope); });
    } else {
        transform_with<T, Matrix, of_lines>(t, [&](V result) { return result + bias; });
    }
}

template <class T, int outputs, int taps, bool of_lines = false>
constexpr MinimalFiltering<T> filtering(const char* name) {
    constexpr int edge = outputs + taps - 1;
    return {name,
            outputs,
            taps,
            edge,
            transform<T, InputMatrix<edge>, of_lines>,
            transform<T, FilterMatrix<edge, taps>, of_lines>,
            transform_output<T, OutputMatrix<edge, outputs>, of_lines>};
}

template <class T>
constexpr WinogradKernels<T> make() {
    return {{filtering<T, 4, 3>("winograd 4x4 3x3"), filtering<T, 2, 3>("winograd 2x2 3x3"),
             filtering<T, 2, 5>("winograd 2x2 5x5"), filtering<T, 4, 2>("winograd 4x4 2x2"),
             filtering<T, 3, 4>("winograd 3x3 4x4"), filtering<T, 5, 2>("winograd 5x5 2x2"),
             filtering<T, 2, 4>("winograd 2x2 4x4"), filtering<T, 2, 2>("winograd 2x2 2x2"),
             filtering<T, 6, 2>("winograd 6x6 2x2"), filtering<T, 4, 4>("winograd 4x4 4x4")},
            {filtering<T, 3, 2, true>("winograd 3x1 2x1")}};
}

}  // namespace

namespace CONVNET_ISA {
extern const WinogradKernels<float> float_winograd_kernels;
extern const WinogradKernels<double> double_winograd_kernels;
constinit const WinogradKernels<float> float_winograd_kernels = make<float>();
constinit const WinogradKernels<double> double_winograd_kernels = make<double>();
}  // namespace CONVNET_ISA

}  // namespace convnet::cpu
