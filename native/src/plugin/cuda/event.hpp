// Ownership of CUDA's events.
#pragma once

#include "plugin/cuda/check.hpp"

namespace convnet::plugin {

class Event {
public:
    explicit Event(unsigned flags) { check(cudaEventCreateWithFlags(&event_, flags), "making an event"); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { cudaEventDestroy(event_); }

    cudaEvent_t get() const noexcept { return event_; }

private:
    cudaEvent_t event_ = nullptr;
};

}  // namespace convnet::plugin
