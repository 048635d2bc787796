// What cuDNN's statuses mean to ConvNet.
#pragma once

#include "engines/cudnn/cudnn_api.hpp"
#include "geometry/error.hpp"

namespace convnet::cudnn {

/// Whether the call could not run for want of memory, of the host or the device.
bool is_out_of_memory(api::Status status) noexcept;

/// Whether the call can never run, so that asking again is of no use.
bool is_not_supported(api::Status status) noexcept;

/// The same, or that the parameters are bad, as cuDNN calls some combinations that it does not support.
bool is_refusal(api::Status status) noexcept;

/// Whether nothing was run, so that another algorithm may be tried. After errors of execution nothing may: they can
/// have written a part of the result, and are often those of earlier work on the device.
bool may_try_another(api::Status status) noexcept;

Status kind_of(api::Status status) noexcept;

/// What a user can do about it.
const char* way_to_mend(api::Status status) noexcept;

}  // namespace convnet::cudnn
