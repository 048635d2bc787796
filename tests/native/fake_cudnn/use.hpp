// Work on a handle, which no other thread may be at.
#pragma once

#include <chrono>
#include <thread>

#include "fake_cudnn/objects.hpp"

namespace fake_cudnn {

class Use {
public:
    explicit Use(api::Handle handle) : handle_(handle) {
        const bool alone = handle_->users.fetch_add(1) == 0;
        bool slow = false;
        {
            const std::lock_guard lock(state().mutex);
            state().overlaps += alone ? 0 : 1;
            slow = state().slow;
        }
        if (slow) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    ~Use() { handle_->users.fetch_sub(1); }

private:
    api::Handle handle_;
};

}  // namespace fake_cudnn
