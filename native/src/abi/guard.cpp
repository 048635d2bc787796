#include "abi/guard.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace convnet::abi {
namespace {

/// A text in memory of its own: it can be kept when there is no more, and nothing has to destroy it with its thread.
template <std::size_t Size>
struct Text {
    std::array<char, Size> bytes;

    /// Keeps as much as fits, in whole characters.
    void assign(std::string_view text) noexcept {
        std::size_t length = std::min(text.size(), Size - 1);
        while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
            --length;
        }
        *std::copy_n(text.begin(), length, bytes.begin()) = '\0';
    }
};

struct LastError {
    Text<4096> message;
    Text<128> argument;
};

thread_local LastError last_error;

Status remember(Status status, std::string_view message, std::string_view argument) noexcept {
    last_error.message.assign(message);
    last_error.argument.assign(argument);
    return status;
}

Status remember_current_exception() noexcept {
    try {
        throw;
    } catch (const Error& error) {
        return remember(error.status(), error.what(), error.argument());
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
    last_error.message.assign({});
    last_error.argument.assign({});
}

std::int32_t report_current_exception() noexcept { return static_cast<std::int32_t>(remember_current_exception()); }

const char* last_error_message() noexcept { return last_error.message.bytes.data(); }

const char* last_error_argument() noexcept { return last_error.argument.bytes.data(); }

}  // namespace convnet::abi
