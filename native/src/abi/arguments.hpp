// Checks and conversions of what comes through the C interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "convnet/convnet.h"
#include "geometry/convolution_options.hpp"
#include "geometry/data_type.hpp"
#include "geometry/error.hpp"
#include "geometry/shape.hpp"
#include "layers/tensor_view.hpp"

namespace convnet::abi {

/// Checks that a struct is there and at least as large as its first version. Structs grow at their end, so a larger
/// one of a newer caller is taken, and what this library does not know in it is not read.
template <class Struct>
void check_struct(const Struct* value, const char* argument) {
    require(value != nullptr, argument, argument, " is NULL");
    require(value->struct_size >= sizeof(Struct), argument, argument, ": struct_size is ", value->struct_size,
            ", but must be ", sizeof(Struct), " or more; set it to the size of the struct before the call");
}

DataType to_data_type(std::int32_t dtype, const char* argument = "dtype");
bool to_bool(std::int32_t value, const char* argument);
Shape to_shape(std::int32_t rank, const std::int64_t* shape);
ConvolutionOptions to_options(const cn_convolution_options* options);

/// `count` tensors, each checked as far as it can be without knowing what it is for; those whose flag in `wanted` is 0
/// are not looked at.
std::vector<TensorView> to_tensors(const cn_tensor* tensors, std::size_t count, const char* argument,
                                   const std::uint8_t* wanted = nullptr);

/// Describes dense memory; the shape must outlive the description.
void write_tensor(cn_tensor* tensor, const Device& device, DataType type, const Shape& shape, void* data);

}  // namespace convnet::abi
