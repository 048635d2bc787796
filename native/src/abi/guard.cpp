#include "abi/guard.hpp"

#include <new>
#include <string>

namespace convnet::abi {
namespace {

struct LastError {
    std::string message, argument;
    const char* static_message = nullptr;  // used instead when there is no memory for a text
};

thread_local LastError last_error;

Status remember(Status status, const char* message, const char* argument) noexcept {
    try {
        last_error.message = message;
        last_error.argument = argument;
    } catch (...) {
        last_error.message.clear();
        last_error.argument.clear();
        last_error.static_message = "out of memory, also for the text of this error";
    }
    return status;
}

Status remember_current_exception() noexcept {
    try {
        throw;
    } catch (const Error& error) {
        return remember(error.status(), error.what(), error.argument().c_str());
    } catch (const std::bad_alloc&) {
        return remember(Status::out_of_memory, "the system has no more memory; use smaller shapes, or free objects",
                        "");
    } catch (const std::exception& error) {
        return remember(Status::internal_error, error.what(), "");
    } catch (...) {
        return remember(Status::internal_error, "an unknown exception; please report it", "");
    }
}

}  // namespace

void clear_last_error() noexcept {
    last_error.message.clear();
    last_error.argument.clear();
    last_error.static_message = nullptr;
}

std::int32_t report_current_exception() noexcept { return static_cast<std::int32_t>(remember_current_exception()); }

const char* last_error_message() noexcept {
    return last_error.static_message != nullptr ? last_error.static_message : last_error.message.c_str();
}

const char* last_error_argument() noexcept { return last_error.argument.c_str(); }

}  // namespace convnet::abi
