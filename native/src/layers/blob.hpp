// Data and gradient of one shape on a device.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "devices/device_memory.hpp"
#include "diagnostics/live.hpp"
#include "geometry/data_type.hpp"
#include "geometry/shape.hpp"
#include "layers/prepared_form.hpp"

namespace convnet {

class Blob {
public:
    /// All values are zero.
    Blob(std::shared_ptr<Device> device, DataType type, Shape shape);

    Device& device() const noexcept { return *device_; }
    const std::shared_ptr<Device>& shared_device() const noexcept { return device_; }
    DataType type() const noexcept { return type_; }
    const Shape& shape() const noexcept { return shape_; }
    std::int64_t bytes() const noexcept { return shape_.count() * static_cast<std::int64_t>(size_of(type_)); }

    /// For writing there are copy_from_host() and, where a pointer is needed, mutable_data().
    void* data() const noexcept { return data_.data(); }

    /// The values, to be written at any time from now on.
    void* mutable_data() noexcept;
    void copy_from_host(const void* source);

    /// Another one after every change but those through mutable_data(), and another one for every blob.
    std::uint64_t version() const noexcept { return version_; }

    /// Whether somebody may write without raising the version.
    bool is_exposed() const noexcept { return exposed_; }

    /// The values in the forms in which layers that use them as weights read them.
    PreparedForms& prepared_forms() const noexcept { return *prepared_forms_; }

    /// The gradient, allocated and zero when it is first asked for.
    void* diff();
    bool has_diff();
    void clear_diff();

    /// Memory is only replaced, by zeros, when the new shape needs more. Refused while the blob is a parameter.
    void reshape(Shape shape);

    /// Held by each layer whose parameter this blob is.
    class Use {
    public:
        Use() = default;
        explicit Use(std::shared_ptr<Blob> blob) : blob_(std::move(blob)) { ++blob_->uses_; }
        Use(Use&& other) noexcept = default;
        Use& operator=(Use&& other) noexcept {
            Use(std::move(other)).blob_.swap(blob_);
            return *this;
        }
        ~Use() {
            if (blob_) {
                --blob_->uses_;
            }
        }

        const std::shared_ptr<Blob>& blob() const noexcept { return blob_; }

    private:
        std::shared_ptr<Blob> blob_;
    };

private:
    static std::uint64_t next_version() noexcept;
    DeviceMemory zeros(std::int64_t bytes) const;

    live::Counted<live::blobs> counted_;
    const std::shared_ptr<Device> device_;  // before the memory, which it must outlive
    const DataType type_;
    Shape shape_;
    DeviceMemory data_, diff_;
    std::mutex diff_mutex_;  // layers on several threads may share a blob whose gradient is not there yet
    const std::shared_ptr<PreparedForms> prepared_forms_ = std::make_shared<PreparedForms>(device_);
    std::atomic<int> uses_{0};
    std::atomic<std::uint64_t> version_{next_version()};
    std::atomic<bool> exposed_{false};
};

}  // namespace convnet
