// How the bodies of kernels are chosen and run. A body computes one element, or one thread's part of a sum; a launcher
// runs it for every index: on a GPU (cuda/launcher.cuh), or in a loop where tests look at the arithmetic.
#pragma once

#include <cstdint>
#include <limits>

#include "geometry/data_type.hpp"
#include "geometry/host_device.hpp"

namespace convnet::kernels {

/// What values of a type are added up in.
template <class T>
struct AccumulatorOf {
    using Type = float;
};
template <>
struct AccumulatorOf<double> {
    using Type = double;
};
template <class T>
using Accumulator = typename AccumulatorOf<T>::Type;

/// Calls function(zero) with a value of the C++ type.
template <class Function>
void with_device_type(std::int32_t dtype, Function&& function) {
    switch (static_cast<DataType>(dtype)) {
        case DataType::float32:
            return function(float{});
        case DataType::float64:
            return function(double{});
        case DataType::float16:
            return function(Float16{});
        case DataType::bfloat16:
            return function(BFloat16{});
    }
    throw Error(Status::invalid_argument, "dtype", text("dtype is ", dtype, "; it must be from 1 to 4"));
}

/// Calls function(zero) with the type that indices of up to `largest` are counted in: 32 bits where a step of a grid
/// beyond them still fits.
template <class Function>
void with_index(std::int64_t largest, Function&& function) {
    if (largest <= std::numeric_limits<std::int32_t>::max() / 2) {
        function(std::int32_t{});
    } else {
        function(std::int64_t{});
    }
}

/// Threads that share one sum. Each adds up every `sum_threads`-th term, then halves are added to halves.
inline constexpr int sum_threads = 256;

}  // namespace convnet::kernels
