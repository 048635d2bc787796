// Transposing matrices, an element at a time: weights between the order in which layers have them and the one in which
// cuDNN reads them with channels last.
#pragma once

#include "plugin/cuda_api.h"
#include "plugin/kernels/dispatch.hpp"

namespace convnet::kernels {

/// Index i is an element of the target, which is [matrices, columns, rows].
template <class T, class Index>
struct Transpose {
    Index rows, columns;
    const T* source;
    T* target;
    bool accumulate;

    CONVNET_HOST_DEVICE void operator()(Index i) const {
        const Index row = i % rows, column = i / rows % columns, matrix = i / rows / columns;
        const T value = source[(matrix * rows + row) * columns + column];
        target[i] = accumulate
                        ? static_cast<T>(static_cast<Accumulator<T>>(target[i]) + static_cast<Accumulator<T>>(value))
                        : value;
    }
};

template <class Launcher>
void transpose(const Launcher& launch, const cn_cuda_transpose& t, const void* source, void* target) {
    with_device_type(t.dtype, [&]<class T>(T) {
        const std::int64_t count = t.matrices * t.rows * t.columns;
        with_index(count, [&]<class Index>(Index) {
            launch(static_cast<Index>(count),
                   Transpose<T, Index>{static_cast<Index>(t.rows), static_cast<Index>(t.columns),
                                       static_cast<const T*>(source), static_cast<T*>(target), t.accumulate != 0});
        });
    });
}

}  // namespace convnet::kernels
