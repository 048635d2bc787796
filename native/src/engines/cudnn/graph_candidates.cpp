#include "engines/cudnn/graph_candidates.hpp"

#include <algorithm>

#include "engines/cudnn/graph_candidate.hpp"
#include "geometry/error.hpp"

namespace convnet::cudnn {
namespace {

// Some are compiled when their plan is made, and all that are made are timed: later ones are rarely the fastest.
constexpr std::size_t most_plans = 4;

constexpr std::int64_t most_configs = 32, most_notes = 32;

/// Whether an engine of which cuDNN notes this may be taken.
bool is_allowed(api::Note note, const cn_cuda_problem& problem, const cn_cudnn_limits& limits) {
    switch (note) {
        case api::Note::tensor_core:  // which rounds float32 to TF32
            return data_type(problem) != api::DataType::float32 || (limits.tf32 != 0 && problem.strict == 0);
        case api::Note::nondeterministic:
            return limits.deterministic == 0;
        case api::Note::fft:
        case api::Note::winograd:
        case api::Note::winograd_4x4:
        case api::Note::winograd_6x6:
        case api::Note::winograd_13x13:
            return problem.strict == 0;
        case api::Note::strict_nan_propagation:
            return true;
        case api::Note::down_converts_inputs:
        case api::Note::reduced_precision_reduction:
            break;
    }
    return false;  // nor what a later release may note
}

class PlanSearch {
public:
    PlanSearch(const Library& library, const cn_cuda_problem& problem, const cn_cudnn_limits& limits, Work work,
               api::Handle handle)
        : library_(library),
          problem_(problem),
          limits_(limits),
          pass_(work.pass),
          handle_(handle),
          graph_(std::make_shared<const OperationGraph>(
              library, problem, work, work.pass == Pass::backward_filter && limits.overwrite_filter == 0, handle)) {}

    void add(api::Heuristic mode) {
        Backend heuristics(library_, api::BackendType::heuristics);
        heuristics.set(api::Attribute::heuristics_graph, graph_->get());
        heuristics.set(api::Attribute::heuristics_mode, mode);
        heuristics.finalize();
        for (Backend& config :
             heuristics.get(api::Attribute::heuristics_results, api::BackendType::engine_config, most_configs)) {
            if (found_.size() < most_plans) {
                try {
                    add(std::move(config));
                } catch (const Error&) {  // cuDNN cannot do it this way after all
                }
            }
        }
    }

    const Candidates& found() const noexcept { return found_; }

private:
    void add(Backend config) {
        const auto engines = config.get(api::Attribute::engine_config_engine, api::BackendType::engine, 1);
        const Backend& engine = engines.at(0);
        const auto notes = engine.get<api::Note>(api::Attribute::engine_numerical_notes, most_notes);
        if (!std::all_of(notes.begin(), notes.end(),
                         [&](api::Note note) { return is_allowed(note, problem_, limits_); })) {
            return;
        }
        const auto index = engine.get<std::int64_t>(api::Attribute::engine_index, 1).at(0);
        auto made = GraphCandidate::make(library_, pass_, graph_, std::move(config), index, handle_);
        if (made->workspace_bytes <= limits_.workspace_limit_bytes) {
            found_.push_back(std::move(made));
        }
    }

    const Library& library_;
    const cn_cuda_problem& problem_;
    const cn_cudnn_limits& limits_;
    const Pass pass_;
    const api::Handle handle_;
    const std::shared_ptr<const OperationGraph> graph_;
    Candidates found_;
};

}  // namespace

Candidates graph_candidates(const Library& library, const cn_cuda_problem& problem, const cn_cudnn_limits& limits,
                            Work work, api::Handle handle) {
    if (library.graph() == nullptr) {
        return {};
    }
    try {
        PlanSearch search(library, problem, limits, work, handle);
        search.add(api::Heuristic::best);
        if (search.found().empty()) {
            search.add(api::Heuristic::fallback);
        }
        return search.found();
    } catch (const Error&) {
        return {};
    }
}

}  // namespace convnet::cudnn
