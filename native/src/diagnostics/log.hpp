// The log. Messages are built only when somebody listens.
#pragma once

#include <cstdint>
#include <string>

#include "geometry/text.hpp"

namespace convnet::log {

enum class Level : std::int32_t { debug = 0, info = 1, warning = 2 };

using Callback = void (*)(std::int32_t level, const char* message, void* user_data);

/// Replaces the receiver. On return the previous one is not running on another thread. Throws from inside a callback.
void set_callback(Callback callback, void* user_data, Level minimum);

bool enabled(Level level) noexcept;

void write(Level level, const std::string& message);

template <class... Parts>
void debug(const Parts&... parts) {
    if (enabled(Level::debug)) {
        write(Level::debug, text(parts...));
    }
}

template <class... Parts>
void info(const Parts&... parts) {
    if (enabled(Level::info)) {
        write(Level::info, text(parts...));
    }
}

}  // namespace convnet::log
