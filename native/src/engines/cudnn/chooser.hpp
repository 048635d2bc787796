// Which algorithms of cuDNN compute a pass within the limits, in the order of its heuristics.
#pragma once

#include <string>
#include <vector>

#include "engines/cudnn/pass.hpp"

namespace convnet::cudnn {

/// An algorithm that may be taken.
struct Choice {
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
    std::vector<Choice> guessed(Pass pass);

private:
    Question question(Pass pass);

    /// What may be taken of what cuDNN offers; adds to `refused` why the rest may not.
    std::vector<Choice> allowed(Pass pass, const std::vector<api::Performance>& offers, std::string& refused);

    // Each says why an offer may not be taken, or "".
    std::string refusal(const Algorithm* known, const api::Performance& offer) const;
    std::string fit(Pass pass, const api::Performance& offer, Choice& choice);  ///< Completes the choice.

    api::Math math_of(const api::Performance& offer) const;

    const cn_cuda_problem& problem_;
    const cn_cudnn_limits& limits_;
    const api::Handle handle_;
    Descriptors& descriptors_;
    const api::Math math_;  ///< What cuDNN is asked for.
};

}  // namespace convnet::cudnn
