#include "engines/cudnn/library.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <utility>
#include <vector>

#include "engines/cudnn/status.hpp"
#include "geometry/error.hpp"

namespace convnet::cudnn {
namespace {

// The first is the one that is wanted; the others tell an old or new cuDNN from none at all.
constexpr const char* file_names[] = {
#if defined(_WIN32)
    "cudnn64_9.dll", "cudnn64_10.dll", "cudnn64_8.dll", "cudnn64_7.dll"
#else
    "libcudnn.so.9", "libcudnn.so", "libcudnn.so.10", "libcudnn.so.8", "libcudnn.so.7"
#endif
};

// What a major version is counted in: 90100 is 9.1.0, and before 9 8907 was 8.9.7.
std::size_t unit_of(std::size_t version) { return version >= 90000 ? 10000 : 1000; }

std::size_t major_of(std::size_t version) { return version / unit_of(version); }

std::string version_text(std::size_t version) {
    return text(major_of(version), ".", version % unit_of(version) / 100, ".", version % 100);
}

std::vector<std::string> candidates(const std::string& location) {
    std::error_code none;
    if (location.empty()) {
        return {std::begin(file_names), std::end(file_names)};
    }
    if (!std::filesystem::is_directory(location, none)) {
        return {location};
    }
    std::vector<std::string> paths;
    for (const char* const name : file_names) {
        paths.push_back((std::filesystem::path(location) / name).string());
    }
    return paths;
}

std::string not_found(const std::string& location, const std::string& reason) {
    if (location.empty()) {
        return text("cuDNN ", api::major_version, " could not be loaded: ", reason, "; install cuDNN ",
                    api::major_version, " for your version of CUDA, or set ", location_variable, " to its ",
                    file_names[0], " or to the folder of it");
    }
    return text("cuDNN ", api::major_version, " could not be loaded from ", location, ", where ", location_variable,
                " says that it is: ", reason, "; correct ", location_variable,
                ", or unset it to search where the system does");
}

std::string wrong_version(const std::string& path, std::size_t version) {
    return text("cuDNN ", version_text(version), " was found, but ConvNet needs version ", api::major_version, ": ",
                path, "; install cuDNN ", api::major_version, " beside it, or set ", location_variable, " to its ",
                file_names[0], " or to the folder of it");
}

std::string incomplete(const std::string& path, const char* function) {
    return text(path, " has no function ", function, ", so it is no complete cuDNN ", api::major_version,
                "; reinstall cuDNN ", api::major_version, ", or set ", location_variable, " to another one");
}

template <class Function>
bool load(const DynamicLibrary& library, const char* name, Function*& function) {
    void* const address = library.symbol(name);
    std::memcpy(&function, &address, sizeof function);
    return address != nullptr;
}

// The name of the first function that is missing, or null.
const char* load_all(const DynamicLibrary& library, api::Functions& functions) {
#define CONVNET_CUDNN_LOAD(name, ...)            \
    if (!load(library, #name, functions.name)) { \
        return #name;                            \
    }
    CONVNET_CUDNN_FUNCTIONS(CONVNET_CUDNN_LOAD)
#undef CONVNET_CUDNN_LOAD
    return nullptr;
}

std::optional<api::GraphFunctions> load_graph(const DynamicLibrary& library) {
    api::GraphFunctions functions;
    bool complete = true;
#define CONVNET_CUDNN_LOAD(name, ...) complete = load(library, #name, functions.name) && complete;
    CONVNET_CUDNN_GRAPH_FUNCTIONS(CONVNET_CUDNN_LOAD)
#undef CONVNET_CUDNN_LOAD
    return complete ? std::optional(functions) : std::nullopt;
}

Search examine(DynamicLibrary library) {
    Search found;
    found.path = library.path();
    api::Functions functions;
    if (!load(library, "cudnnGetVersion", functions.cudnnGetVersion)) {
        found.why = incomplete(found.path, "cudnnGetVersion");
        return found;
    }
    found.version = functions.cudnnGetVersion();
    if (major_of(found.version) != api::major_version) {
        found.why = wrong_version(found.path, found.version);
    } else if (const char* const missing = load_all(library, functions)) {
        found.why = incomplete(found.path, missing);
    } else {
        found.library = std::make_unique<const Library>(std::move(library), found.version, functions);
    }
    return found;
}

}  // namespace

Library::Library(DynamicLibrary library, std::size_t version, const api::Functions& functions)
    : library_(std::move(library)), version_(version), functions_(functions), graph_(load_graph(library_)) {}

std::string Library::name() const { return "cuDNN " + version_text(version_); }

std::string Library::explain(api::Status status) const {
    std::string result = text(functions_.cudnnGetErrorString(status), " (", static_cast<int>(status), ")");
    std::array<char, 512> noted{};
    functions_.cudnnGetLastErrorString(noted.data(), noted.size() - 1);
    if (noted[0] != '\0') {
        result += text(", ", noted.data());
    }
    return result;
}

void Library::check(api::Status status, const std::string& action) const {
    if (status != api::Status::success) {
        throw Error(kind_of(status), "",
                    text(name(), " failed at ", action, ": ", explain(status), "; ", way_to_mend(status)));
    }
}

Search find_library(const std::string& location) {
    Search best;
    std::string reason;
    for (const std::string& candidate : candidates(location)) {
        std::string refused;
        DynamicLibrary library(candidate, refused);
        if (!library) {
            reason = reason.empty() ? refused : reason;
            continue;
        }
        Search found = examine(std::move(library));
        if (found.library != nullptr) {
            return found;
        }
        if (best.why.empty()) {
            best = std::move(found);
        }
    }
    if (best.why.empty()) {
        best.why = not_found(location, reason);
    }
    return best;
}

}  // namespace convnet::cudnn
