// Buffers that each thread keeps from one task to the next.
#pragma once

#if defined(__MINGW32__)
#include <new>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <memory>
#endif

namespace convnet::cpu {

#if defined(__MINGW32__)

/// MinGW's thread_local destroys objects after it gave back their memory, so the slots of the system itself are taken.
template <class T>
class ThreadSlot {
public:
    ThreadSlot() : index_(FlsAlloc([](void* object) { delete static_cast<T*>(object); })) {
        if (index_ == FLS_OUT_OF_INDEXES) {
            throw std::bad_alloc();
        }
    }
    ~ThreadSlot() { FlsFree(index_); }
    ThreadSlot(const ThreadSlot&) = delete;
    ThreadSlot& operator=(const ThreadSlot&) = delete;

    T& get() {
        auto* object = static_cast<T*>(FlsGetValue(index_));
        if (object == nullptr) {
            object = new T;
            FlsSetValue(index_, object);
        }
        return *object;
    }

private:
    DWORD index_;
};

#endif

/// The one object of this type and thread. It is made when it is first asked for, uninitialized if it has no
/// constructor, and destroyed when the thread ends.
template <class T>
T& per_thread() {
#if defined(__MINGW32__)
    static ThreadSlot<T> slot;
    return slot.get();
#else
    static thread_local const std::unique_ptr<T> object(new T);
    return *object;
#endif
}

}  // namespace convnet::cpu
