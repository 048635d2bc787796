// Where exceptions end. Every exported function is one call of guard().
#pragma once

#include <cstdint>

#include "geometry/error.hpp"

namespace convnet::abi {

/// Forgets the last error of this thread.
void clear_last_error() noexcept;

/// Turns the exception that is being handled into a status, and remembers its text for this thread.
std::int32_t report_current_exception() noexcept;

const char* last_error_message() noexcept;
const char* last_error_argument() noexcept;

/// For functions that destroy: a finalizer may call them between a call that failed and the question why.
template <class Function>
std::int32_t guard_keeping_last_error(Function&& function) noexcept {
    try {
        function();
        return static_cast<std::int32_t>(Status::ok);
    } catch (...) {
        return report_current_exception();
    }
}

template <class Function>
std::int32_t guard(Function&& function) noexcept {
    clear_last_error();
    return guard_keeping_last_error([&] {
        function();
        clear_last_error();  // again: a log callback may have made calls that failed
    });
}

/// For functions that create: the handle is NULL unless `make` returns one.
template <class HandleType, class Function>
std::int32_t guard_create(HandleType** out, const char* argument, Function&& make) noexcept {
    return guard([&] {
        require(out != nullptr, argument, argument, " is NULL; it must point to where the handle goes");
        *out = nullptr;
        *out = new HandleType(make());
    });
}

}  // namespace convnet::abi
