// Types of elements, numbered as in the C interface.
#pragma once

#include <cstddef>
#include <cstdint>

namespace convnet {

enum class DataType : std::int32_t { float32 = 1, float64 = 2 };

constexpr std::size_t size_of(DataType type) noexcept { return type == DataType::float32 ? 4 : 8; }

constexpr const char* name_of(DataType type) noexcept { return type == DataType::float32 ? "float32" : "float64"; }

/// Calls `function` with a value of the C++ type that `type` names: with_type(t, [&](auto zero) { ... }).
template <class Function>
decltype(auto) with_type(DataType type, Function&& function) {
    return type == DataType::float32 ? function(float{}) : function(double{});
}

/// The address of element `index` of an array of `type`.
inline void* element(DataType type, void* data, std::int64_t index) {
    return static_cast<std::byte*>(data) + index * static_cast<std::int64_t>(size_of(type));
}

inline const void* element(DataType type, const void* data, std::int64_t index) {
    return static_cast<const std::byte*>(data) + index * static_cast<std::int64_t>(size_of(type));
}

}  // namespace convnet
