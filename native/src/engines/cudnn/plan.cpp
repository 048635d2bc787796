#include "engines/cudnn/plan.hpp"

#include "engines/cudnn/algorithm_candidate.hpp"
#include "engines/cudnn/graph_candidates.hpp"
#include "engines/cudnn/status.hpp"
#include "geometry/error.hpp"
#include "plugin/alignment.hpp"

namespace convnet::cudnn {
namespace {

Epilogue kind_of(const cn_cuda_epilogue& epilogue) noexcept {
    if (epilogue.bias == nullptr) {
        return Epilogue::none;
    }
    return epilogue.slope == 1 ? Epilogue::bias : Epilogue::bias_and_relu;
}

/// The index of the first that fits, from `first` on; that of the end when none does.
std::size_t next(const Candidates& all, std::int64_t bytes, bool aligned, std::size_t first) noexcept {
    while (first < all.size() && (all[first]->workspace_bytes > bytes || all[first]->refused() ||
                                  (all[first]->wants_alignment && !aligned))) {
        ++first;
    }
    return first;
}

}  // namespace

Plan::Plan(const Library& library, Handles& handles, const cn_cuda_problem& problem, const cn_cudnn_limits& limits)
    : library_(library), handles_(handles), problem_(problem), limits_(limits), descriptors_(library, problem) {
    // No stream is known yet; the default one serves to ask on.
    const auto handle = handles.acquire(nullptr);
    Chooser chooser(problem, limits, handle.get(), descriptors_);
    for (const Pass pass : passes) {
        const bool adds = pass == Pass::backward_filter && limits.overwrite_filter == 0;
        Candidates guessed;
        for (const Choice& choice : chooser.guessed(pass)) {
            guessed.push_back(std::make_shared<const AlgorithmCandidate>(descriptors_, pass, choice, adds));
        }
        const auto shared = std::make_shared<const Candidates>(std::move(guessed));
        for (const Epilogue epilogue : {Epilogue::none, Epilogue::bias, Epilogue::bias_and_relu}) {
            choices({pass, epilogue}).best = shared;
        }
    }
}

// Plans of the graph API are taken where they were measured to be faster, and nowhere else.
void Plan::tune(Work work, const cn_cuda_allocator& allocator, api::Stream stream) const {
    Choices& choice = choices(work);
    const std::lock_guard lock(choice.mutex);
    if (limits_.autotune == 0 || choice.tuned) {
        return;
    }
    const Tuner tuner(problem_, allocator, stream);
    if (tuner.able()) {
        // Of the default stream's handle, which stays, unlike those of other streams.
        const Candidates more = graph_candidates(library_, problem_, limits_, work, handles_.acquire(nullptr).get());
        auto all = std::make_shared<Candidates>(*choice.best);
        all->insert(all->end(), more.begin(), more.end());
        tuner.sort(work, handles_.acquire(stream).get(), *all);
        choice.best = std::move(all);
    }
    choice.tuned = true;
}

Plan::Choices& Plan::choices(Work work) const noexcept {
    return choices_[static_cast<std::size_t>(work.pass)][static_cast<std::size_t>(work.epilogue)];
}

std::shared_ptr<const Candidates> Plan::candidates(Work work) const {
    Choices& choice = choices(work);
    const std::lock_guard lock(choice.mutex);
    return choice.best;
}

std::shared_ptr<const Candidate> Plan::algorithm(Work work, std::int64_t bytes, bool aligned) const {
    const auto all = candidates(work);
    const std::size_t best = next(*all, bytes, aligned, 0);
    if (best == all->size()) {
        throw Error(Status::unsupported, "workspace_limit_bytes",
                    text(library_.name(), " has no algorithm for ", name_of(work.pass), " that ", bytes,
                         " bytes of workspace suffice for; allow more, or choose another engine"));
    }
    return (*all)[best];
}

void Plan::run(Pass pass, const cn_cudnn_launch& launch, const Operands& operands,
               const cn_cuda_epilogue& epilogue) const {
    const Work work{pass, kind_of(epilogue)};
    const bool aligned = plugin::are_aligned({operands.first, operands.second, operands.result, epilogue.bias});
    algorithm(work, launch.workspace_bytes, aligned);  // or throws
    const auto all = candidates(work);
    const auto handle = handles_.acquire(launch.stream);
    Run run{work.epilogue, handle.get(), operands, epilogue.bias};
    std::string tried;
    Status kind = Status::unsupported;
    for (std::size_t i = next(*all, launch.workspace_bytes, aligned, 0); i < all->size();
         i = next(*all, launch.workspace_bytes, aligned, i + 1)) {
        const Candidate& candidate = *(*all)[i];
        run.workspace = {launch.workspace, static_cast<std::size_t>(candidate.workspace_bytes)};
        const api::Status status = candidate.run(run);
        if (status == api::Status::success) {
            if (launch.algorithm != nullptr) {
                *launch.algorithm = candidate.name;
            }
            return;
        }
        if (!may_try_another(status)) {
            library_.check(status, text(name_of(pass), " by ", candidate.name));
        }
        if (is_not_supported(status)) {
            candidate.refuse();
        } else {
            kind = cudnn::kind_of(status);
        }
        tried += text(tried.empty() ? "" : "; ", candidate.name, ": ", library_.explain(status));
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
