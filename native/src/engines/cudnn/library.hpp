// cuDNN as it was found on this machine.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "engines/cudnn/cudnn_graph_api.hpp"
#include "plugin/dynamic_library.hpp"

namespace convnet::cudnn {

class Library {
public:
    Library(DynamicLibrary library, std::size_t version, const api::Functions& functions);

    const api::Functions& functions() const noexcept { return functions_; }

    /// The graph API; null when the library lacks any of it.
    const api::GraphFunctions* graph() const noexcept { return graph_ ? &*graph_ : nullptr; }

    std::string name() const;  ///< "cuDNN 9.1.0"

    /// Throws an Error that says what `action` was, what cuDNN answered and how to mend it, unless it succeeded.
    void check(api::Status status, const std::string& action) const;

    /// "CUDNN_STATUS_NOT_SUPPORTED (3000)", and what cuDNN has noted about it on this thread.
    std::string explain(api::Status status) const;

private:
    DynamicLibrary library_;
    std::size_t version_;
    api::Functions functions_;
    std::optional<api::GraphFunctions> graph_;
};

/// What a search for cuDNN found.
struct Search {
    std::unique_ptr<const Library> library;  ///< Null when there is none that ConvNet can use.
    std::size_t version = 0;                 ///< As cuDNN counts, also of one that cannot be used; 0 for none at all.
    std::string path;                        ///< Its file.
    std::string why;                         ///< Why it cannot be used, and how to mend that.
};

/// Looks for cuDNN 9 at `location`, a library or the folder of one, or where the system looks when it is empty.
Search find_library(const std::string& location);

/// The environment variable that says where cuDNN is.
inline constexpr const char* location_variable = "CONVNET_CUDNN";

}  // namespace convnet::cudnn
