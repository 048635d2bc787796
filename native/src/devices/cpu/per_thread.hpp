// Buffers that each thread keeps from one task to the next.
#pragma once

#if defined(__MINGW32__)
#include "devices/cpu/thread_slot.hpp"
#else
#include <memory>
#endif

namespace convnet::cpu {

/// The one object of this type and thread. It is made when it is first asked for, uninitialized if it has no
/// constructor, and destroyed when the thread ends.
template <class T>
T& per_thread() {
#if defined(__MINGW32__)
    static ThreadSlot slot([](void* object) { delete static_cast<T*>(object); });
    if (slot.get() == nullptr) {
        slot.set(new T);
    }
    return *static_cast<T*>(slot.get());
#else
    static thread_local const std::unique_ptr<T> object(new T);
    return *object;
#endif
}

}  // namespace convnet::cpu
