// An execution plan of the graph API.
#pragma once

#include <mutex>

#include "engines/cudnn/candidate.hpp"
#include "engines/cudnn/operation_graph.hpp"

namespace convnet::cudnn {

class GraphCandidate final : public Candidate {
public:
    /// A plan for `graph` by `config`, which are kept as long as it is. Throws what cuDNN answers when there is none.
    static std::shared_ptr<const GraphCandidate> make(const Library& library, Pass pass,
                                                      std::shared_ptr<const OperationGraph> graph, Backend config,
                                                      std::int64_t engine_index, api::Handle handle);

    GraphCandidate(const Library& library, Pass pass, std::shared_ptr<const OperationGraph> graph, Backend config,
                   Backend plan, const char* of_name, std::int64_t bytes)
        : Candidate(of_name, bytes, true),
          library_(library),
          pass_(pass),
          graph_(std::move(graph)),
          config_(std::move(config)),
          plan_(std::move(plan)) {}

    api::Status run(const Run& run) const override;

private:
    const Library& library_;
    const Pass pass_;
    const std::shared_ptr<const OperationGraph> graph_;
    const Backend config_, plan_;
    mutable std::mutex mutex_;  // cuDNN's execution plans are not for several threads at once
};

}  // namespace convnet::cudnn
