// Types of elements, numbered as in the C interface.
#pragma once

#include <cstddef>
#include <cstdint>

#include "geometry/error.hpp"
#include "geometry/float16.hpp"

namespace convnet {

enum class DataType : std::int32_t { float32 = 1, float64 = 2, float16 = 3, bfloat16 = 4 };

constexpr std::size_t size_of(DataType type) noexcept {
    switch (type) {
        case DataType::float64:
            return 8;
        case DataType::float16:
        case DataType::bfloat16:
            return 2;
        case DataType::float32:
            break;
    }
    return 4;
}

constexpr const char* name_of(DataType type) noexcept {
    switch (type) {
        case DataType::float64:
            return "float64";
        case DataType::float16:
            return "float16";
        case DataType::bfloat16:
            return "bfloat16";
        case DataType::float32:
            break;
    }
    return "float32";
}

/// Whether values of a type have 16 bits.
constexpr bool is_half(DataType type) noexcept { return size_of(type) == 2; }

/// What to tell who asks the CPU to compute with a type of 16 bits.
inline std::string no_cpu_arithmetic(DataType type) {
    return text("the CPU does not compute with ", name_of(type),
                ", only stores it; use float32 or float64 there, or a CUDA device");
}

/// Calls `function` with a value of the C++ type that `type` names: with_type(t, [&](auto zero) { ... }). For what is
/// computed on the CPU, which has no arithmetic in 16 bits.
template <class Function>
decltype(auto) with_type(DataType type, Function&& function) {
    if (is_half(type)) {
        throw Error(Status::unsupported, "dtype", no_cpu_arithmetic(type));
    }
    return type == DataType::float64 ? function(double{}) : function(float{});
}

/// The same for every type, for what is only stored.
template <class Function>
decltype(auto) with_stored_type(DataType type, Function&& function) {
    switch (type) {
        case DataType::float16:
            return function(Float16{});
        case DataType::bfloat16:
            return function(BFloat16{});
        default:
            return with_type(type, std::forward<Function>(function));
    }
}

/// The address of element `index` of an array of `type`.
inline void* element(DataType type, void* data, std::int64_t index) {
    return static_cast<std::byte*>(data) + index * static_cast<std::int64_t>(size_of(type));
}

inline const void* element(DataType type, const void* data, std::int64_t index) {
    return static_cast<const std::byte*>(data) + index * static_cast<std::int64_t>(size_of(type));
}

}  // namespace convnet
