// The three matrix products of a convolution over columns, for a tile of the column matrix or for all of it.
//
// For each image and group, with K = in_channels/groups * taps and O = out_channels/groups:
//   forward          y[O, P]  = w[O, K] * columns[K, P]
//   backward data    columns[K, P] = w[O, K]^T * dy[O, P]
//   backward filter  dw[O, K] += dy[O, P] * columns[K, P]^T, summed over images
// With channels last, y and dy lie in memory transposed, as [P, all channels].
#pragma once

#include "devices/device.hpp"

namespace convnet {

/// Where the columns of a tile are: in a workspace, or in x itself where the columns are the identity.
template <class Pointer>
struct Columns {
    Pointer data;
    std::int64_t row_stride;
};

GemmArguments forward_product(const ConvolutionProblem& problem, const ColumnTile& tile, Columns<const void*> columns,
                              const void* w, void* y);

GemmArguments backward_data_product(const ConvolutionProblem& problem, const ColumnTile& tile, Columns<void*> columns,
                                    const void* w, const void* dy);

GemmArguments backward_filter_product(const ConvolutionProblem& problem, const ColumnTile& tile,
                                      Columns<const void*> columns, const void* dy, void* dw);

}  // namespace convnet
