#include "plugin/cuda/driver.hpp"

#include "geometry/text.hpp"

namespace convnet::plugin {
namespace {

std::string version_text(int version) { return text(version / 1000, ".", version % 1000 / 10); }

}  // namespace

std::string explain_no_driver(int driver_version, int runtime_version, const char* error) {
    if (driver_version == 0) {
        return text(
            "no NVIDIA driver was found, so no CUDA device can be used; install the GPU's driver, one for CUDA ",
            runtime_version / 1000, ".0 or newer (nvidia-smi then lists the GPU), or use the CPU (", error, ")");
    }
    if (driver_version < runtime_version / 1000 * 1000) {
        return text("the NVIDIA driver is too old: it is for CUDA ", version_text(driver_version),
                    ", but this library was built with CUDA ", version_text(runtime_version),
                    "; install a driver for CUDA ", runtime_version / 1000, ".0 or newer (", error, ")");
    }
    return text("the NVIDIA driver (for CUDA ", version_text(driver_version), ") gives no device: ", error,
                "; see what nvidia-smi says, and whether CUDA_VISIBLE_DEVICES hides it");
}

}  // namespace convnet::plugin
