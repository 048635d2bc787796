// What to tell who has no CUDA device. Needs no CUDA header, so that it is tested without a toolkit.
#pragma once

#include <string>

namespace convnet::plugin {

/// Why no CUDA device can be used, and how to mend it. Versions are as CUDA counts them; driver 0 is none.
std::string explain_no_driver(int driver_version, int runtime_version, const char* error);

}  // namespace convnet::plugin
