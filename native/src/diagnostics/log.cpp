#include "diagnostics/log.hpp"

#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "geometry/error.hpp"

namespace convnet::log {
namespace {

constexpr std::int32_t nobody = 1 << 30;

struct Receiver {
    Callback callback = nullptr;
    void* user_data = nullptr;
};

// Writers of messages hold it shared while the callback runs, so that replacing the receiver waits for them. It guards
// the receiver alone: no other lock of the library is held while a message is written.
std::shared_mutex receiver_mutex;
Receiver receiver;
std::atomic<std::int32_t> minimum_level{nobody};
thread_local bool inside_callback = false;

}  // namespace

void set_callback(Callback callback, void* user_data, Level minimum) {
    if (inside_callback) {
        throw Error(Status::invalid_state, "", "the log callback cannot be replaced from inside a log callback");
    }
    const std::unique_lock lock(receiver_mutex);
    receiver = {callback, user_data};
    minimum_level = callback == nullptr ? nobody : static_cast<std::int32_t>(minimum);
}

bool enabled(Level level) noexcept { return static_cast<std::int32_t>(level) >= minimum_level && !inside_callback; }

void write(Level level, const std::string& message) {
    const std::shared_lock lock(receiver_mutex);
    if (receiver.callback == nullptr) {
        return;
    }
    inside_callback = true;
    receiver.callback(static_cast<std::int32_t>(level), message.c_str(), receiver.user_data);
    inside_callback = false;
}

}  // namespace convnet::log
