// What the graph API offers for a work.
#pragma once

#include "engines/cudnn/tuner.hpp"

namespace convnet::cudnn {

/// The execution plans that are allowed, best first by cuDNN's heuristics. None where the library has no graph API, or
/// refuses the work or all that is allowed: that is no error, since there are always algorithms of the other one.
Candidates graph_candidates(const Library& library, const cn_cuda_problem& problem, const cn_cudnn_limits& limits,
                            Work work, api::Handle handle);

}  // namespace convnet::cudnn
