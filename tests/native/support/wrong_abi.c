/* Test only: a library that calls itself ConvNet and speaks another major version of its binary interface. Only the
 * versions are where they always were; what follows means something else there, so nobody may follow its pointers. */
#include <convnet/version.h>
#include <string.h>

int32_t cn_version(cn_version_info* info) {
    memset(&info->version, 0xAB, sizeof *info - offsetof(cn_version_info, version));
    info->abi_major = CN_ABI_VERSION_MAJOR + 8;
    info->abi_minor = 7;
    return 0;
}
