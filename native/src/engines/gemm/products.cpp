#include "engines/gemm/products.hpp"

#include <utility>

namespace convnet {
namespace {

Matrices<const void*> weights(const ConvolutionProblem& p, const void* w) {
    const std::int64_t k = p.column_rows_per_group();
    return {w, k, 0, p.out_channels_per_group() * k};
}

// With channels last it is transposed: a row for each position.
template <class Pointer>
Matrices<Pointer> outputs(const ConvolutionProblem& p, const ColumnTile& tile, Pointer y) {
    const std::int64_t positions = p.out_positions();
    if (p.channels_last()) {
        return {element(p.type, y, tile.first * p.out_channels), p.out_channels, p.out_channels * positions,
                p.out_channels_per_group()};
    }
    return {element(p.type, y, tile.first), positions, p.out_channels * positions,
            p.out_channels_per_group() * positions};
}

template <class Pointer>
Matrices<Pointer> column_matrices(const ConvolutionProblem& p, const Columns<Pointer>& columns) {
    return {columns.data, columns.row_stride, p.in_channels * p.taps() * columns.row_stride,
            p.column_rows_per_group() * columns.row_stride};
}

GemmArguments product(const ConvolutionProblem& p, const ColumnTile& tile) {
    GemmArguments g;
    g.type = p.type;
    g.images = tile.images;
    g.groups = p.groups;
    g.strict = p.accuracy == Accuracy::strict;
    return g;
}

}  // namespace

GemmArguments forward_product(const ConvolutionProblem& p, const ColumnTile& tile, Columns<const void*> columns,
                              const void* w, void* y) {
    GemmArguments g = product(p, tile);
    g.m = p.out_channels_per_group();
    g.n = tile.count;
    g.k = p.column_rows_per_group();
    g.a = weights(p, w);
    g.b = column_matrices(p, columns);
    g.c = outputs(p, tile, y);
    if (p.channels_last()) {  // the same product transposed: y^T = columns^T * w^T
        std::swap(g.m, g.n);
        std::swap(g.a, g.b);
        g.transpose_a = g.transpose_b = true;
    }
    return g;
}

GemmArguments backward_data_product(const ConvolutionProblem& p, const ColumnTile& tile, Columns<void*> columns,
                                    const void* w, const void* dy) {
    GemmArguments g = product(p, tile);
    g.m = p.column_rows_per_group();
    g.n = tile.count;
    g.k = p.out_channels_per_group();
    g.transpose_a = true;
    g.transpose_b = p.channels_last();
    g.a = weights(p, w);
    g.b = outputs(p, tile, dy);
    g.c = column_matrices(p, columns);
    return g;
}

GemmArguments backward_filter_product(const ConvolutionProblem& p, const ColumnTile& tile, Columns<const void*> columns,
                                      const void* dy, void* dw) {
    GemmArguments g = product(p, tile);
    g.m = p.out_channels_per_group();
    g.n = p.column_rows_per_group();
    g.k = tile.count;
    g.transpose_a = p.channels_last();
    g.transpose_b = true;
    g.a = outputs(p, tile, dy);
    g.b = column_matrices(p, columns);
    g.c = {dw, g.n, 0, g.m * g.n};
    g.sum_images = true;
    g.accumulate = true;
    return g;
}

}  // namespace convnet
