// What the fake cuDNN computes, where it may: every pass by the descriptors alone, in plain loops and sums of double.
#pragma once

#include "fake_cudnn/objects.hpp"

namespace fake_cudnn {

/// One of the three tensors of a convolution, as its descriptor says that it lies in memory.
struct View {
    api::DataType type;
    std::vector<int> extents, strides;
    void* data;

    View(api::Tensor tensor, const void* data);
    View(api::Filter filter, const void* data);

private:
    View(api::DataType of, std::vector<int> lengths, std::vector<int> distances, const void* at);
};

/// Which of the three tensors is written.
enum class Role { x, w, y };

/// result = alpha * sums + beta * result. A bad parameter when descriptors do not fit each other.
api::Status convolve(api::Convolution convolution, const View& x, const View& w, const View& y, Role result,
                     double alpha, double beta);

/// c = alpha * a + beta * c, where a has the extents of c or 1.
api::Status add(const View& a, const View& c, double alpha, double beta);

/// c = 0 where c is below 0.
void rectify(const View& c);

}  // namespace fake_cudnn
