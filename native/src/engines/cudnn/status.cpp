#include "engines/cudnn/status.hpp"

namespace convnet::cudnn {
namespace {

constexpr int thousands(api::Status status) noexcept { return static_cast<int>(status) / 1000; }

}  // namespace

bool is_out_of_memory(api::Status status) noexcept {
    return status == api::Status::host_allocation_failed || status == api::Status::device_allocation_failed;
}

bool is_not_supported(api::Status status) noexcept {
    return thousands(status) == thousands(api::Status::not_supported);
}

bool is_refusal(api::Status status) noexcept {
    return is_not_supported(status) || thousands(status) == thousands(api::Status::bad_parameter);
}

bool may_try_another(api::Status status) noexcept {
    return is_not_supported(status) || thousands(status) == thousands(api::Status::internal_error);
}

Status kind_of(api::Status status) noexcept {
    if (is_out_of_memory(status)) {
        return Status::out_of_memory;
    }
    if (is_not_supported(status) || thousands(status) == thousands(api::Status::not_initialized)) {
        return Status::unsupported;
    }
    return thousands(status) == thousands(api::Status::bad_parameter) ? Status::internal_error : Status::device_error;
}

const char* way_to_mend(api::Status status) noexcept {
    if (thousands(status) == thousands(api::Status::execution_failed)) {
        return "earlier work on the device may have failed; restart the process if this happens again";
    }
    switch (status) {
        case api::Status::sublibrary_version_mismatch:
            return "the libraries of cuDNN beside libcudnn are of another release: keep those of one release in one "
                   "folder, and take others out of the folders that the system searches (LD_LIBRARY_PATH on Linux)";
        case api::Status::sublibrary_loading_failed:
            return "the libraries of cuDNN beside libcudnn (libcudnn_graph, _ops, _cnn and others) are missing or "
                   "cannot be loaded: install cuDNN whole, all its libraries in one folder";
        case api::Status::not_initialized:
        case api::Status::not_supported_incompatible_driver:
        case api::Status::not_supported_incompatible_runtime:
            return "the NVIDIA driver may be too old for this cuDNN: update it, or install a cuDNN that is made for "
                   "the CUDA version of the driver";
        case api::Status::not_supported_architecture_mismatch:
            return "this cuDNN has no code for this device: install one that has, or choose another engine";
        case api::Status::host_allocation_failed:
        case api::Status::device_allocation_failed:
            return "free blobs, use smaller batches, or set a lower workspace limit";
        default:
            return "choose another engine, and please report it";
    }
}

}  // namespace convnet::cudnn
