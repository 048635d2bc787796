// Which algorithms of cuDNN compute a pass within the limits, and in what order they are taken.
#pragma once

#include <string>
#include <vector>

#include "engines/cudnn/pass.hpp"

namespace convnet::cudnn {

/// An algorithm that may be taken.
struct Candidate {
    int number;
    const char* name;
    api::Convolution convolution;  ///< With the math type that it runs with.
    std::int64_t workspace_bytes;
};

class Chooser {
public:
    Chooser(const cn_cuda_problem& problem, const cn_cudnn_limits& limits, api::Handle handle,
            Descriptors& descriptors);

    /// The algorithms of a pass that are allowed, best first by cuDNN's heuristics. Throws `unsupported` with the reason
    /// for each of cuDNN's when none is.
    std::vector<Candidate> guessed(Pass pass);

    /// The same by time, of those that are in `guessed`. They run in memory of `allocator`; what does not fit there is
    /// not timed, and when nothing does the order stays as it was.
    std::vector<Candidate> timed(Pass pass, std::vector<Candidate> guessed, const cn_cuda_allocator& allocator);

private:
    Question question(Pass pass);

    /// What may be taken of what cuDNN offers; adds to `refused` why the rest may not.
    std::vector<Candidate> allowed(Pass pass, const std::vector<api::Performance>& offers, std::string& refused);

    // Each says why an offer may not be taken, or "".
    std::string refusal(const Algorithm* known, const api::Performance& offer) const;
    std::string fit(Pass pass, const api::Performance& offer, Candidate& candidate);  ///< Completes the candidate.

    api::Math math_of(const api::Performance& offer) const;

    const cn_cuda_problem& problem_;
    const cn_cudnn_limits& limits_;
    const api::Handle handle_;
    Descriptors& descriptors_;
    const api::Math math_;  ///< What cuDNN is asked for.
};

}  // namespace convnet::cudnn
