#include "layers/blob.hpp"

#include "geometry/error.hpp"

namespace convnet {

Blob::Blob(std::shared_ptr<Device> device, DataType type, Shape shape)
    : device_(std::move(device)), type_(type), shape_(std::move(shape)), data_(zeros(bytes())) {}

std::uint64_t Blob::next_version() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

DeviceMemory Blob::zeros(std::int64_t bytes) const {
    DeviceMemory memory(*device_, bytes);
    device_->set_zero(memory.data(), bytes);
    return memory;
}

void* Blob::mutable_data() noexcept {
    exposed_ = true;
    return data();
}

void Blob::copy_from_host(const void* source) {
    device_->copy_from_host(data(), source, bytes());
    version_ = next_version();
}

void* Blob::diff() {
    const std::lock_guard lock(diff_mutex_);
    if (diff_.data() == nullptr) {
        diff_ = zeros(data_.bytes());
    }
    return diff_.data();
}

bool Blob::has_diff() {
    const std::lock_guard lock(diff_mutex_);
    return diff_.data() != nullptr;
}

void Blob::clear_diff() {
    if (has_diff()) {
        device_->set_zero(diff_.data(), diff_.bytes());
    }
}

void Blob::reshape(Shape shape) {
    if (uses_ > 0 && !(shape == shape_)) {
        throw Error(Status::invalid_state, "blob",
                    text("the blob of shape ", shape_.to_string(), " is a parameter of a layer and cannot become ",
                         shape.to_string(), "; give the layer another blob instead"));
    }
    const std::int64_t needed = shape.count() * static_cast<std::int64_t>(size_of(type_));
    if (needed > data_.bytes()) {
        DeviceMemory data = zeros(needed);
        DeviceMemory diff = has_diff() ? zeros(needed) : DeviceMemory();
        data_ = std::move(data);
        diff_ = std::move(diff);
        version_ = next_version();
    }
    shape_ = std::move(shape);
}

}  // namespace convnet
