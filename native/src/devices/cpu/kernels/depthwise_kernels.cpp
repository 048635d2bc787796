// The kernels for groups of one channel, of one instruction set. Compiled as kernels.cpp is.
#include "devices/cpu/kernels/depthwise_kernels.hpp"

#include "devices/cpu/kernels/depthwise_correlation.hpp"
#include "devices/cpu/kernels/depthwise_gradient.hpp"
#include "devices/cpu/kernels/depthwise_window_correlation.hpp"
#include "devices/cpu/kernels/depthwise_window_gradient.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

template <class T>
constexpr DepthwiseKernels<T> make() {
    return {Vector<T>::lanes,        correlate<T>, correlate_windows<T>, add_gradient_any<T>,
            add_gradient_windows<T>, add_lanes<T>};
}

}  // namespace

namespace CONVNET_ISA {
extern const DepthwiseKernels<float> float_depthwise_kernels;
extern const DepthwiseKernels<double> double_depthwise_kernels;
constinit const DepthwiseKernels<float> float_depthwise_kernels = make<float>();
constinit const DepthwiseKernels<double> double_depthwise_kernels = make<double>();
}  // namespace CONVNET_ISA

}  // namespace convnet::cpu
