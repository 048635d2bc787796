// The rectifier that layers may end with, as every engine and device computes it: what is above 0 stays, and the rest is
// multiplied by a slope, 0 for ReLU. Slopes are 0 or more, so that a result is above 0 exactly where its argument is, and
// the gradient can be told from the result alone.
#pragma once

#include "geometry/host_device.hpp"

namespace convnet {

/// `value`, or slope * value where `condition` is not above 0. With the argument as both it is the rectifier; with the
/// result and the gradient of the result, the gradient of the argument.
template <class T>
CONVNET_HOST_DEVICE T rectified(T condition, T value, T slope) {
    const T below = value * slope + T{0};  // + 0 makes a plain zero of a negative one
    return condition > T{0} ? value : below;
}

}  // namespace convnet
