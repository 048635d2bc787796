// cuDNN's handles: one for each stream, used by one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "engines/cudnn/library.hpp"

namespace convnet::cudnn {

class Handles {
private:
    struct Slot;

public:
    explicit Handles(const Library& library) : library_(library) {}

    /// A handle that belongs to this thread until this object goes.
    class Lease {
    public:
        Lease(Lease&&) = default;

        api::Handle get() const noexcept;

    private:
        friend Handles;
        explicit Lease(std::shared_ptr<Slot> slot);

        std::shared_ptr<Slot> slot_;
        std::unique_lock<std::mutex> lock_;  // goes before the slot that it is of
    };

    /// The handle of a stream of the current device, made when it is first asked for.
    Lease acquire(api::Stream stream);

    /// Destroys the handle of a stream, or of all streams, once nobody uses it.
    void release(api::Stream stream);
    void release_all();

private:
    std::shared_ptr<Slot> slot_of(api::Stream stream);

    const Library& library_;
    std::mutex mutex_;
    std::map<api::Stream, std::shared_ptr<Slot>> slots_;
};

}  // namespace convnet::cudnn
