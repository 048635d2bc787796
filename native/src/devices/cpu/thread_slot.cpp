#include "devices/cpu/thread_slot.hpp"

#include <new>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

namespace convnet::cpu {

ThreadSlot::ThreadSlot(void (*destroy)(void*)) : index_(FlsAlloc(destroy)) {
    if (index_ == FLS_OUT_OF_INDEXES) {
        throw std::bad_alloc();
    }
}

ThreadSlot::~ThreadSlot() { FlsFree(index_); }

void* ThreadSlot::get() const noexcept { return FlsGetValue(index_); }

void ThreadSlot::set(void* object) noexcept { FlsSetValue(index_, object); }

}  // namespace convnet::cpu
