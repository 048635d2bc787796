// How many cores this process may use.
#pragma once

namespace convnet::cpu {

int cores() noexcept;

}  // namespace convnet::cpu
