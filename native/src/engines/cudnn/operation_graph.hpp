// A work as the graph API has it: operations, each of which writes the tensor that the next one reads.
#pragma once

#include <deque>

#include "engines/cudnn/backend.hpp"
#include "engines/cudnn/pass.hpp"

namespace convnet::cudnn {

/// What tensors are known by when memory is given to them.
struct TensorId {
    enum : std::int64_t { x = 1, w, y, bias, convolved, biased };
};

class OperationGraph {
public:
    /// With `adds` the result is added to what is there.
    OperationGraph(const Library& library, const cn_cuda_problem& problem, Work work, bool adds, api::Handle handle);

    const Backend& get() const noexcept { return graph_; }

private:
    /// A tensor that is only between two operations is of the type of sums, and nowhere in memory.
    const Backend& tensor(std::int64_t id, const std::vector<int>& extents, bool between);
    const Backend& convolution();
    const Backend& pointwise(api::Pointwise mode);

    void convolve(Pass pass, bool adds, const Backend& x, const Backend& w, const Backend& y);
    void apply(api::Pointwise mode, const Backend& from, const Backend* with, const Backend& to);

    const Library& library_;
    const cn_cuda_problem problem_;
    std::deque<Backend> parts_;  // that operations are made of
    std::vector<Backend> operations_;
    Backend graph_;
};

}  // namespace convnet::cudnn
