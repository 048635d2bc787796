#include "abi/arguments.hpp"
#include "abi/guard.hpp"

int32_t cn_version(cn_version_info* info) {
    using namespace convnet::abi;
    return guard([&] {
        check_struct(info, "info");
        info->abi_major = CN_ABI_VERSION_MAJOR;
        info->abi_minor = CN_ABI_VERSION_MINOR;
        info->reserved = 0;
        info->version = CONVNET_VERSION;
        info->compiler = CONVNET_COMPILER;
    });
}
