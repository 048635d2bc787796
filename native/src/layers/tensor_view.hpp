// Memory of the caller, as a layer is given it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "devices/device.hpp"
#include "geometry/shape.hpp"

namespace convnet {

struct TensorView {
    void* data = nullptr;
    DeviceType device_type = DeviceType::cpu;
    int device_index = 0;
    DataType type = DataType::float32;
    std::span<const std::int64_t> shape;
    const std::int64_t* strides = nullptr;  ///< Null for dense row-major.
};

/// What a tensor must be like.
struct TensorRequirement {
    const Device& device;
    DataType type;
    const Shape& shape;

    std::int64_t bytes() const noexcept { return shape.count() * static_cast<std::int64_t>(size_of(type)); }
};

/// Throws an Error that names `argument`[`index`] unless the tensor is dense, aligned and as required.
void check_tensor(const TensorView& tensor, const TensorRequirement& required, const char* argument, std::size_t index);

/// Whether two pieces of memory share a byte.
bool overlap(const void* a, std::int64_t a_bytes, const void* b, std::int64_t b_bytes) noexcept;

}  // namespace convnet
