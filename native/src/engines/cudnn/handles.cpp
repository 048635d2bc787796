#include "engines/cudnn/handles.hpp"

#include <utility>

#include "engines/cudnn/owned.hpp"

namespace convnet::cudnn {

struct Handles::Slot {
    std::mutex mutex;
    Owned<api::Context> handle;
};

Handles::Lease::Lease(std::shared_ptr<Slot> slot) : slot_(std::move(slot)), lock_(slot_->mutex) {}

api::Handle Handles::Lease::get() const noexcept { return slot_->handle.get(); }

Handles::Lease Handles::acquire(api::Stream stream) { return Lease(slot_of(stream)); }

std::shared_ptr<Handles::Slot> Handles::slot_of(api::Stream stream) {
    const std::lock_guard lock(mutex_);
    auto& slot = slots_[stream];
    if (slot == nullptr) {
        const api::Functions& functions = library_.functions();
        auto handle = make_owned(library_, functions.cudnnCreate, functions.cudnnDestroy, "handle");
        library_.check(functions.cudnnSetStream(handle.get(), stream), "setting the stream of a handle");
        slot = std::shared_ptr<Slot>(new Slot{{}, std::move(handle)});
    }
    return slot;
}

// What is taken out is destroyed after the lock is given back: cuDNN then waits for the device.
void Handles::release(api::Stream stream) {
    std::shared_ptr<Slot> slot;
    const std::lock_guard lock(mutex_);
    if (const auto found = slots_.find(stream); found != slots_.end()) {
        slot = std::move(found->second);
        slots_.erase(found);
    }
}

void Handles::release_all() {
    std::map<api::Stream, std::shared_ptr<Slot>> slots;
    const std::lock_guard lock(mutex_);
    slots.swap(slots_);
}

}  // namespace convnet::cudnn
