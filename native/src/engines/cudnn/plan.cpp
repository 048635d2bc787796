#include "engines/cudnn/plan.hpp"

#include "engines/cudnn/algorithm_candidate.hpp"
#include "engines/cudnn/graph_candidates.hpp"
#include "engines/cudnn/status.hpp"
#include "geometry/error.hpp"
#include "plugin/alignment.hpp"

namespace convnet::cudnn {
namespace {

constexpr Work works[] = {
    {Pass::forward},         {Pass::forward, Epilogue::bias},       {Pass::forward, Epilogue::bias_and_relu},
    {Pass::backward_data},   {Pass::backward_data, Epilogue::bias}, {Pass::backward_data, Epilogue::bias_and_relu},
    {Pass::backward_filter},
};

Epilogue kind_of(const cn_cuda_epilogue& epilogue) noexcept {
    if (epilogue.bias == nullptr) {
        return Epilogue::none;
    }
    return epilogue.slope == 1 ? Epilogue::bias : Epilogue::bias_and_relu;
}

}  // namespace

Plan::Plan(const Library& library, Handles& handles, const cn_cuda_problem& problem, const cn_cudnn_limits& limits,
           const cn_cuda_allocator* allocator)
    : library_(library), handles_(handles), descriptors_(library, problem) {
    // No stream is known yet; the default one serves to ask on.
    const auto handle = handles.acquire(nullptr);
    Chooser chooser(problem, limits, handle.get(), descriptors_);
    for (const Pass pass : passes) {
        const bool adds = pass == Pass::backward_filter && limits.overwrite_filter == 0;
        Candidates guessed;
        for (const Choice& choice : chooser.guessed(pass)) {
            guessed.push_back(std::make_shared<const AlgorithmCandidate>(descriptors_, pass, choice, adds));
        }
        candidates_[static_cast<std::size_t>(pass)].fill(guessed);
    }
    if (limits.autotune != 0 && allocator != nullptr) {
        tune(problem, limits, *allocator, handle.get());
    }
}

// Plans of the graph API are taken where they were measured to be faster, and nowhere else.
void Plan::tune(const cn_cuda_problem& problem, const cn_cudnn_limits& limits, const cn_cuda_allocator& allocator,
                api::Handle handle) {
    const Tuner tuner(problem, allocator, handle);
    if (!tuner.able()) {
        return;
    }
    for (const Work work : works) {
        Candidates& all = candidates(work);
        const Candidates more = graph_candidates(library_, problem, limits, work, handle);
        all.insert(all.end(), more.begin(), more.end());
        tuner.sort(work, all);
    }
}

Candidates& Plan::candidates(Work work) noexcept {
    return candidates_[static_cast<std::size_t>(work.pass)][static_cast<std::size_t>(work.epilogue)];
}

const Candidates& Plan::candidates(Work work) const noexcept {
    return candidates_[static_cast<std::size_t>(work.pass)][static_cast<std::size_t>(work.epilogue)];
}

const Candidate* Plan::next(Work work, std::int64_t bytes, bool aligned, const Candidate* after) const noexcept {
    bool reached = after == nullptr;
    for (const auto& candidate : candidates(work)) {
        if (reached && candidate->workspace_bytes <= bytes && (aligned || !candidate->wants_alignment) &&
            !candidate->refused()) {
            return candidate.get();
        }
        reached = reached || candidate.get() == after;
    }
    return nullptr;
}

const Candidate& Plan::algorithm(Work work, std::int64_t bytes, bool aligned) const {
    const Candidate* const best = next(work, bytes, aligned, nullptr);
    if (best == nullptr) {
        throw Error(Status::unsupported, "workspace_limit_bytes",
                    text(library_.name(), " has no algorithm for ", name_of(work.pass), " that ", bytes,
                         " bytes of workspace suffice for; allow more, or choose another engine"));
    }
    return *best;
}

void Plan::run(Pass pass, const cn_cudnn_launch& launch, const Operands& operands,
               const cn_cuda_epilogue& epilogue) const {
    const Work work{pass, kind_of(epilogue)};
    const bool aligned = plugin::are_aligned({operands.first, operands.second, operands.result, epilogue.bias});
    const auto handle = handles_.acquire(launch.stream);
    Run run{work.epilogue, handle.get(), operands, epilogue.bias};
    std::string tried;
    Status kind = Status::unsupported;
    const Candidate* candidate = &algorithm(work, launch.workspace_bytes, aligned);
    for (; candidate != nullptr; candidate = next(work, launch.workspace_bytes, aligned, candidate)) {
        run.workspace = {launch.workspace, static_cast<std::size_t>(candidate->workspace_bytes)};
        const api::Status status = candidate->run(run);
        if (status == api::Status::success) {
            if (launch.algorithm != nullptr) {
                *launch.algorithm = candidate->name;
            }
            return;
        }
        if (!may_try_another(status)) {
            library_.check(status, text(name_of(pass), " by ", candidate->name));
        }
        if (is_not_supported(status)) {
            candidate->refuse();
        } else {
            kind = cudnn::kind_of(status);
        }
        tried += text(tried.empty() ? "" : "; ", candidate->name, ": ", library_.explain(status));
    }
    throw Error(kind, "",
                text(library_.name(), " could not run ", name_of(pass), " by any algorithm: ", tried,
                     "; free memory of the device, or choose another engine"));
}

void Plan::forward(const cn_cudnn_launch& launch, const void* x, const void* w, const cn_cuda_epilogue& epilogue,
                   void* y) const {
    run(Pass::forward, launch, {x, w, y}, epilogue);
}

void Plan::backward_data(const cn_cudnn_launch& launch, const void* dy, const void* w, const cn_cuda_epilogue& epilogue,
                         void* dx) const {
    run(Pass::backward_data, launch, {w, dy, dx}, epilogue);
}

void Plan::backward_filter(const cn_cudnn_launch& launch, const void* x, const void* dy, void* dw) const {
    run(Pass::backward_filter, launch, {x, dy, dw}, {nullptr, 1});
}

}  // namespace convnet::cudnn
