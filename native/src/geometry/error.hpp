// The one exception of the core. The C interface turns it into a status, a message and an argument name.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "geometry/text.hpp"

namespace convnet {

enum class Status : std::int32_t {
    ok = 0,
    invalid_argument = 1,
    out_of_memory = 2,
    unsupported = 3,
    invalid_state = 4,
    device_error = 5,
    internal_error = 6,
};

class Error : public std::exception {
public:
    Error(Status status, std::string argument, std::string message)
        : status_(status), argument_(std::move(argument)), message_(std::move(message)) {}

    Status status() const noexcept { return status_; }
    const std::string& argument() const noexcept { return argument_; }
    const char* what() const noexcept override { return message_.c_str(); }

private:
    Status status_;
    std::string argument_;
    std::string message_;
};

/// Throws an Error that names `argument` unless `condition` holds. The message is only built when it is needed.
template <class... Parts>
void require(bool condition, const char* argument, const Parts&... message) {
    if (!condition) {
        throw Error(Status::invalid_argument, argument, text(message...));
    }
}

}  // namespace convnet
