// Ownership of what cuDNN creates and destroys.
#pragma once

#include <memory>

#include "engines/cudnn/library.hpp"
#include "geometry/text.hpp"

namespace convnet::cudnn {

template <class T>
using Owned = std::unique_ptr<T, api::Status (*)(T*)>;

/// What `create` makes, to be destroyed by `destroy`. `what` is its name in errors.
template <class Create, class T>
Owned<T> make_owned(const Library& library, const Create& create, api::Status (*destroy)(T*), const char* what) {
    T* made = nullptr;
    library.check(create(&made), text("creating a ", what));
    return Owned<T>(made, destroy);
}

}  // namespace convnet::cudnn
