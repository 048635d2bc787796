#include "convnet/status.h"

#include "abi/guard.hpp"

namespace {

using convnet::Status;

// The core has its own enumeration, so that it needs no header of the interface; these say that they are the same.
static_assert(static_cast<int>(Status::ok) == CN_OK);
static_assert(static_cast<int>(Status::invalid_argument) == CN_INVALID_ARGUMENT);
static_assert(static_cast<int>(Status::out_of_memory) == CN_OUT_OF_MEMORY);
static_assert(static_cast<int>(Status::unsupported) == CN_UNSUPPORTED);
static_assert(static_cast<int>(Status::invalid_state) == CN_INVALID_STATE);
static_assert(static_cast<int>(Status::device_error) == CN_DEVICE_ERROR);
static_assert(static_cast<int>(Status::internal_error) == CN_INTERNAL_ERROR);

}  // namespace

const char* cn_status_name(int32_t status) {
    switch (status) {
        case CN_OK:
            return "CN_OK";
        case CN_INVALID_ARGUMENT:
            return "CN_INVALID_ARGUMENT";
        case CN_OUT_OF_MEMORY:
            return "CN_OUT_OF_MEMORY";
        case CN_UNSUPPORTED:
            return "CN_UNSUPPORTED";
        case CN_INVALID_STATE:
            return "CN_INVALID_STATE";
        case CN_DEVICE_ERROR:
            return "CN_DEVICE_ERROR";
        case CN_INTERNAL_ERROR:
            return "CN_INTERNAL_ERROR";
        default:
            return "unknown status";
    }
}

const char* cn_last_error_message(void) { return convnet::abi::last_error_message(); }

const char* cn_last_error_argument(void) { return convnet::abi::last_error_argument(); }
