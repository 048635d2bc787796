#include "devices/cuda/cuda_plugin.hpp"

#include <cstdlib>
#include <mutex>

#include "diagnostics/log.hpp"
#include "geometry/error.hpp"
#include "plugin/dynamic_library.hpp"

#if !defined(_WIN32)
#include <dlfcn.h>
#else
#include <windows.h>
#endif

namespace convnet::cuda {
namespace {

#if defined(_WIN32)
constexpr const char* file_name = "convnet_cuda.dll";
#else
constexpr const char* file_name = "libconvnet_cuda.so";
#endif
constexpr const char* location_variable = "CONVNET_CUDA_PLUGIN";
#if defined(__linux__) && defined(__x86_64__)
constexpr const char* remedy = "in .NET add the package ConvNet.Native.Cuda12.linux-x64, otherwise put the file";
#else
constexpr const char* remedy = "there is no package of it for this platform; put the file";
#endif

void write_log(std::int32_t level, const char* message) {
    if (log::enabled(static_cast<log::Level>(level))) {
        log::write(static_cast<log::Level>(level), message);
    }
}

/// The folder of this library, with its separator, or "".
std::string own_folder() {
    static const int anchor = 0;
    std::string path;
#if defined(_WIN32)
    HMODULE module = nullptr;
    char buffer[MAX_PATH] = "";
    if (GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           reinterpret_cast<const char*>(&anchor), &module) != 0) {
        GetModuleFileNameA(module, buffer, MAX_PATH);
    }
    path = buffer;
#else
    Dl_info info{};
    if (dladdr(&anchor, &info) != 0 && info.dli_fname != nullptr) {
        path = info.dli_fname;
    }
#endif
    const std::size_t separator = path.find_last_of("/\\");
    return separator == std::string::npos ? "" : path.substr(0, separator + 1);
}

std::vector<std::string> places() {
    const char* const asked = std::getenv(location_variable);
    if (asked != nullptr && asked[0] != '\0') {
        return {asked};
    }
    // By its name alone it is found where the system looks, and when somebody has loaded it before.
    std::vector<std::string> result{file_name};
    if (const std::string folder = own_folder(); !folder.empty()) {
        result.insert(result.begin(), folder + file_name);
    }
    return result;
}

/// Loads the plug-in and never lets go of it: the CUDA runtime does not bear being unloaded.
const cn_cuda_tables* load() {
    std::string tried;
    for (const std::string& place : places()) {
        std::string why;
        DynamicLibrary library(place, why);
        if (!library) {
            tried += text(tried.empty() ? "" : "; ", why);
            continue;
        }
        const auto exchange = reinterpret_cast<cn_cuda_exchange>(library.symbol("convnet_cuda_exchange"));
        if (exchange == nullptr) {
            throw Error(Status::unsupported, "",
                        text(place, " is not a CUDA plug-in of ConvNet: it has no function convnet_cuda_exchange; ",
                             "install the one that came with this library"));
        }
        static const cn_cuda_host host{write_log};
        const cn_cuda_tables* tables = nullptr;
        invoke([&](cn_cuda_error* error) { return exchange(CN_CUDA_API_VERSION, &host, &tables, error); });
        log::info("loaded the CUDA plug-in ", library.path());
        library.keep();
        return tables;
    }
    throw Error(Status::unsupported, "",
                text("the CUDA plug-in of ConvNet, ", file_name, ", could not be loaded; ", remedy,
                     " beside the library libconvnet, or name it in the environment variable ", location_variable, " (",
                     tried, ")"));
}

}  // namespace

const cn_cuda_tables& plugin() {
    static std::mutex mutex;
    static const cn_cuda_tables* tables = nullptr;
    const std::lock_guard lock(mutex);
    if (tables == nullptr) {
        tables = load();
    }
    return *tables;
}

const std::vector<Properties>& devices() {
    static std::mutex mutex;
    static std::vector<Properties> found;
    const cn_cuda_device_table& table = *plugin().devices;
    const std::lock_guard lock(mutex);
    if (!found.empty()) {
        return found;
    }
    std::int32_t count = 0;
    invoke([&](cn_cuda_error* error) { return table.count(&count, error); });
    std::vector<Properties> result;
    for (std::int32_t index = 0; index < count; ++index) {
        cn_cuda_properties p{};
        invoke([&](cn_cuda_error* error) { return table.properties(index, &p, error); });
        result.push_back({p.name, p.memory_bytes, p.capability_major, p.capability_minor, p.multiprocessors,
                          p.driver_version, p.runtime_version});
    }
    found = std::move(result);
    return found;
}

const Properties& device(int index) {
    const auto count = static_cast<int>(devices().size());
    if (count == 0) {
        throw Error(Status::unsupported, "index",
                    "the NVIDIA driver works, but there is no CUDA device; see what nvidia-smi lists, and whether "
                    "CUDA_VISIBLE_DEVICES hides it");
    }
    require(index >= 0 && index < count, "index", "index is ", index, ", but the CUDA devices are numbered from 0 to ",
            count - 1);
    return devices()[static_cast<std::size_t>(index)];
}

const cn_cudnn_library& cudnn() {
    static const cn_cudnn_library found = [] {
        cn_cudnn_library library{};
        plugin().cudnn->library(&library);
        return library;
    }();
    return found;
}

void raise(std::int32_t status, const cn_cuda_error& error) {
    throw Error(static_cast<Status>(status), error.argument, error.message);
}

}  // namespace convnet::cuda
