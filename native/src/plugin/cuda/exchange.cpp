// The one function that the plug-in exports.
#include "diagnostics/log.hpp"
#include "engines/cudnn/table.hpp"
#include "plugin/cuda/device.hpp"
#include "plugin/guard.hpp"

using namespace convnet;

namespace {

void forward_log(std::int32_t level, const char* message, void* host) {
    static_cast<const cn_cuda_host*>(host)->log(level, message);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) std::int32_t convnet_cuda_exchange(std::uint32_t version,
                                                                                     const cn_cuda_host* host,
                                                                                     const cn_cuda_tables** tables,
                                                                                     cn_cuda_error* error) {
    return plugin::guard(error, [&] {
        static const cn_cuda_tables own{CN_CUDA_API_VERSION, CUDART_VERSION, &plugin::device_table(),
                                        &plugin::operation_table(), &cudnn::table()};
        *tables = nullptr;
        plugin::check_version(version, CN_CUDA_API_VERSION);
        log::set_callback(forward_log, const_cast<cn_cuda_host*>(host), log::Level::debug);
        *tables = &own;
    });
}
