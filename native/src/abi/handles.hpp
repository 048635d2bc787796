// The opaque types of the C interface: each a counted reference to an object of the core, with a mark that tells a
// handle of the wrong kind, or one already destroyed, from a right one as far as that can be told.
#pragma once

#include <cstdint>
#include <memory>

#include "convnet/convnet.h"
#include "diagnostics/live.hpp"
#include "geometry/error.hpp"
#include "layers/blob.hpp"
#include "layers/layer.hpp"

namespace convnet::abi {

template <class Object, std::uint32_t mark>
struct Handle {
    explicit Handle(std::shared_ptr<Object> target) : object(std::move(target)) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    // Volatile, or the compiler would drop a write to memory that is about to be freed.
    ~Handle() { const_cast<volatile std::uint32_t&>(kind) = 0; }

    bool is_valid() const noexcept { return kind == mark; }

    std::uint32_t kind = mark;
    std::shared_ptr<Object> object;
    live::Counted<live::handles> counted;
};

}  // namespace convnet::abi

struct cn_device : convnet::abi::Handle<convnet::Device, 0x44764e43> {
    using Handle::Handle;
};
struct cn_blob : convnet::abi::Handle<convnet::Blob, 0x62424e43> {
    using Handle::Handle;
};
struct cn_layer : convnet::abi::Handle<convnet::Layer, 0x794c4e43> {
    using Handle::Handle;
};

namespace convnet::abi {

/// The object of a handle; `argument` is what the function calls it.
template <class HandleType>
const auto& object_of(const HandleType* handle, const char* argument) {
    require(handle != nullptr, argument, argument, " is NULL");
    require(handle->is_valid(), argument, argument, " is not a valid handle: it is of another kind, or was destroyed");
    return handle->object;
}

template <class HandleType>
void destroy(HandleType* handle, const char* argument) {
    if (handle != nullptr) {
        object_of(handle, argument);
        delete handle;
    }
}

}  // namespace convnet::abi
