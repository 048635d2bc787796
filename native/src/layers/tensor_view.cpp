#include "layers/tensor_view.hpp"

#include "geometry/error.hpp"

namespace convnet {
namespace {

/// An extent of 1 may have any stride.
bool is_dense(const TensorView& tensor) {
    if (tensor.strides == nullptr) {
        return true;
    }
    std::int64_t expected = 1;
    for (std::size_t axis = tensor.shape.size(); axis-- > 0; expected *= tensor.shape[axis]) {
        if (tensor.shape[axis] != 1 && tensor.strides[axis] != expected) {
            return false;
        }
    }
    return true;
}

template <class... Parts>
[[noreturn]] void refuse(const char* argument, std::size_t index, const Parts&... message) {
    const std::string name = text(argument, "[", index, "]");
    throw Error(Status::invalid_argument, name, text(name, message...));
}

}  // namespace

void check_tensor(const TensorView& tensor, const TensorRequirement& required, const char* argument,
                  std::size_t index) {
    if (!(required.shape == tensor.shape)) {
        refuse(argument, index, " has shape ", to_string(tensor.shape), ", but ", required.shape.to_string(),
               " is expected; reshape the layer, or give a tensor of that shape");
    }
    if (tensor.type != required.type) {
        refuse(argument, index, " is ", name_of(tensor.type), ", but the layer is ", name_of(required.type));
    }
    if (tensor.device_type != required.device.type() || tensor.device_index != required.device.index()) {
        refuse(argument, index, " is on device ", static_cast<int>(tensor.device_type), ":", tensor.device_index,
               ", but the layer is on ", static_cast<int>(required.device.type()), ":", required.device.index());
    }
    if (tensor.data == nullptr) {
        refuse(argument, index, " has no data (NULL); it needs ", required.bytes(), " bytes");
    }
    if (reinterpret_cast<std::uintptr_t>(tensor.data) % size_of(tensor.type) != 0) {
        refuse(argument, index, " starts at an address that is not a multiple of ", size_of(tensor.type),
               ", the size of its elements");
    }
    if (!is_dense(tensor)) {
        refuse(argument, index, " of shape ", to_string(tensor.shape), " has strides ",
               to_string(std::span(tensor.strides, tensor.shape.size())),
               "; only dense row-major tensors are possible, so copy it to one first");
    }
}

bool overlap(const void* a, std::int64_t a_bytes, const void* b, std::int64_t b_bytes) noexcept {
    const auto a_begin = reinterpret_cast<std::uintptr_t>(a), b_begin = reinterpret_cast<std::uintptr_t>(b);
    return a_begin < b_begin + static_cast<std::uintptr_t>(b_bytes) &&
           b_begin < a_begin + static_cast<std::uintptr_t>(a_bytes);
}

}  // namespace convnet
