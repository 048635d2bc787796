// Builds messages: text("pad ", 3, " exceeds ", 2).
#pragma once

#include <sstream>
#include <string>

namespace convnet {

template <class... Parts>
std::string text(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

}  // namespace convnet
