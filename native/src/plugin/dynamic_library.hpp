// A shared library that is loaded at run time.
#pragma once

#include <string>

namespace convnet {

class DynamicLibrary {
public:
    DynamicLibrary() = default;

    /// Loads `name`, a path or a name to be looked for as the system does. When that fails the library is empty and
    /// `why` has the system's words.
    DynamicLibrary(const std::string& name, std::string& why);

    DynamicLibrary(DynamicLibrary&& other) noexcept;
    DynamicLibrary& operator=(DynamicLibrary&& other) noexcept;
    ~DynamicLibrary();

    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// The address of a function, or null when the library has none of that name.
    void* symbol(const char* name) const noexcept;

    /// Leaves it loaded until the process ends; this object is then empty.
    void keep() noexcept { handle_ = nullptr; }

    /// The file that the system took.
    std::string path() const;

private:
    void* handle_ = nullptr;
    std::string name_;
};

}  // namespace convnet
