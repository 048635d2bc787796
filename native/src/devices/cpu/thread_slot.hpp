// A pointer of each thread, kept by Windows itself.
#pragma once

namespace convnet::cpu {

/// MinGW's thread_local destroys objects after it gave back their memory, so the slots of the system itself are taken.
class ThreadSlot {
public:
    /// Its pointers are destroyed so, each when its thread ends.
    explicit ThreadSlot(void (*destroy)(void*));
    ~ThreadSlot();
    ThreadSlot(const ThreadSlot&) = delete;
    ThreadSlot& operator=(const ThreadSlot&) = delete;

    /// Null until this thread has set it.
    void* get() const noexcept;
    void set(void* object) noexcept;

private:
    unsigned long index_;
};

}  // namespace convnet::cpu
