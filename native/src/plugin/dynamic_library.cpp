#include "plugin/dynamic_library.hpp"

#include <utility>

#if defined(_WIN32)
#include <windows.h>

#include "geometry/text.hpp"
#else
#include <dlfcn.h>
#include <link.h>
#endif

namespace convnet {

#if defined(_WIN32)

DynamicLibrary::DynamicLibrary(const std::string& name, std::string& why) : name_(name) {
    // A library that is named by its path finds others beside it.
    const bool is_path = name.find_first_of("/\\") != std::string::npos;
    handle_ = LoadLibraryExA(name.c_str(), nullptr, is_path ? LOAD_WITH_ALTERED_SEARCH_PATH : 0);
    if (handle_ == nullptr) {
        why = text(name, ": Windows error ", GetLastError());
    }
}

DynamicLibrary::~DynamicLibrary() {
    if (handle_ != nullptr) {
        FreeLibrary(static_cast<HMODULE>(handle_));
    }
}

void* DynamicLibrary::symbol(const char* name) const noexcept {
    return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name));
}

std::string DynamicLibrary::path() const {
    char buffer[MAX_PATH];
    const DWORD length = GetModuleFileNameA(static_cast<HMODULE>(handle_), buffer, sizeof buffer);
    return length > 0 && length < sizeof buffer ? std::string(buffer, length) : name_;
}

#else

DynamicLibrary::DynamicLibrary(const std::string& name, std::string& why)
    : handle_(dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)), name_(name) {
    if (handle_ == nullptr) {
        why = dlerror();
    }
}

DynamicLibrary::~DynamicLibrary() {
    if (handle_ != nullptr) {
        dlclose(handle_);
    }
}

void* DynamicLibrary::symbol(const char* name) const noexcept { return dlsym(handle_, name); }

std::string DynamicLibrary::path() const {
    link_map* loaded = nullptr;
    if (dlinfo(handle_, RTLD_DI_LINKMAP, &loaded) == 0 && loaded->l_name[0] != '\0') {
        return loaded->l_name;
    }
    return name_;
}

#endif

DynamicLibrary::DynamicLibrary(DynamicLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), name_(std::move(other.name_)) {}

DynamicLibrary& DynamicLibrary::operator=(DynamicLibrary&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(name_, other.name_);
    return *this;
}

}  // namespace convnet
