// Orders candidates by the time that they take.
#pragma once

#include <memory>
#include <vector>

#include "engines/cudnn/candidate.hpp"
#include "engines/cudnn/scratch.hpp"

namespace convnet::cudnn {

using Candidates = std::vector<std::shared_ptr<const Candidate>>;

/// Runs on a stream, in memory that it borrows for as long as it lives.
class Tuner {
public:
    Tuner(const cn_cuda_problem& problem, const cn_cuda_allocator& allocator, api::Stream stream)
        : allocator_(allocator), stream_(stream), tensors_(allocator, bytes_of(problem)) {}

    /// Whether there was memory for the tensors of the problem, without which nothing can be timed.
    bool able() const noexcept { return tensors_.complete(); }

    /// Brings the fastest to the front, by a handle of the stream. Behind those that were timed stay, in their order, those that cuDNN would not run
    /// or whose workspace there was no memory for.
    void sort(Work work, api::Handle handle, Candidates& candidates) const;

private:
    Run run_of(Work work, api::Handle handle) const;

    const cn_cuda_allocator& allocator_;
    const api::Stream stream_;
    const ScratchTensors tensors_;
};

}  // namespace convnet::cudnn
