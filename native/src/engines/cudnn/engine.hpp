// cuDNN on one device.
#pragma once

#include <memory>
#include <string>

#include "engines/cudnn/handles.hpp"
#include "engines/cudnn/plan_cache.hpp"

namespace convnet::cudnn {

/// Used by any number of threads at once, each of which has made the device the current one.
class Engine {
public:
    /// `library` must outlive it.
    explicit Engine(const Library& library) : library_(library), handles_(library) {}

    /// Why it cannot compute `problem` within `limits`, or "".
    std::string reason_against(const cn_cuda_problem& problem, const cn_cudnn_limits& limits);

    /// The plan of a problem, out of the cache when it has been made before. It must not outlive this.
    std::shared_ptr<const Plan> plan(const cn_cuda_problem& problem, const cn_cudnn_limits& limits);

    /// Frees what is kept for a stream, or for all with the plans.
    void release_stream(api::Stream stream) { handles_.release(stream); }
    void release();

private:
    const Library& library_;
    Handles handles_;
    PlanCache cache_{1024};  // more than the layers of any net, for a program that runs it on images of any size
};

}  // namespace convnet::cudnn
