// Where exceptions of the plug-in end: every function of its tables is one call of guard().
#pragma once

#include <cstdint>
#include <cstdio>
#include <new>

#include "geometry/error.hpp"
#include "plugin/cuda_api.h"

namespace convnet::plugin {

inline std::int32_t report(cn_cuda_error* error, Status status, const char* argument, const char* message) noexcept {
    if (error != nullptr) {
        std::snprintf(error->argument, sizeof error->argument, "%s", argument);
        std::snprintf(error->message, sizeof error->message, "%s", message);
    }
    return static_cast<std::int32_t>(status);
}

template <class Function>
std::int32_t guard(cn_cuda_error* error, Function&& function) noexcept {
    try {
        function();
        return static_cast<std::int32_t>(Status::ok);
    } catch (const Error& failure) {
        return report(error, failure.status(), failure.argument().c_str(), failure.what());
    } catch (const std::bad_alloc&) {
        return report(error, Status::out_of_memory, "", "the host has no more memory; free objects");
    } catch (const std::exception& failure) {
        return report(error, Status::internal_error, "", failure.what());
    } catch (...) {
        return report(error, Status::internal_error, "", "an unknown exception in the CUDA plug-in; please report it");
    }
}

/// Refuses a core of another release. `own` is the version of the plug-in.
inline void check_version(std::uint32_t asked, std::uint32_t own) {
    if (asked != own) {
        throw Error(
            Status::unsupported, "",
            text("the library speaks version ", asked, " of the plug-in interface, but the CUDA plug-in version ", own,
                 "; install both from one release"));
    }
}

}  // namespace convnet::plugin
