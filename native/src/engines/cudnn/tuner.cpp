#include "engines/cudnn/tuner.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>

#include "plugin/stopwatch.hpp"

namespace convnet::cudnn {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

/// As much workspace as the hungriest candidate for which there is memory wants.
Scratch most_memory(const cn_cuda_allocator& allocator, const Candidates& candidates) {
    std::vector<std::int64_t> sizes;
    for (const auto& candidate : candidates) {
        sizes.push_back(candidate->workspace_bytes);
    }
    std::sort(sizes.begin(), sizes.end(), std::greater<>());
    for (const std::int64_t size : sizes) {
        if (Scratch workspace(allocator, size); workspace.bytes() == size) {
            return workspace;
        }
    }
    return Scratch(allocator, 0);
}

/// The least of a few times, of which the first is long where kernels have to be brought to the device. What is far from
/// the `best` so far is not run again.
double milliseconds(const Candidate& candidate, const Run& run, double best, plugin::Stopwatch& stopwatch) {
    constexpr int runs = 4;
    double least = never;
    for (int i = 0; i < runs && (i < 2 || least < 2 * best); ++i) {
        stopwatch.start();
        if (candidate.run(run) != api::Status::success) {
            return never;
        }
        least = std::min(least, stopwatch.stop());
    }
    return least;
}

}  // namespace

Run Tuner::run_of(Work work, api::Handle handle) const {
    const ScratchTensors& t = tensors_;
    Run run{work.epilogue, handle, {}, work.epilogue == Epilogue::none ? nullptr : t.bias.data()};
    run.timed = true;
    switch (work.pass) {
        case Pass::forward:
            run.operands = {t.x.data(), t.w.data(), t.y.data()};
            break;
        case Pass::backward_data:
            run.operands = {t.w.data(), t.y.data(), t.x.data()};
            break;
        case Pass::backward_filter:
            run.operands = {t.x.data(), t.y.data(), t.w.data()};
            break;
    }
    return run;
}

void Tuner::sort(Work work, api::Handle handle, Candidates& candidates) const {
    const Scratch memory = most_memory(allocator_, candidates);
    plugin::Stopwatch stopwatch(stream_);
    Run run = run_of(work, handle);
    std::map<const Candidate*, double> times;
    double best = never;
    for (const auto& candidate : candidates) {
        run.workspace = {memory.data(), static_cast<std::size_t>(candidate->workspace_bytes)};
        double& taken = times[candidate.get()] = never;
        if (candidate->workspace_bytes <= memory.bytes()) {
            taken = milliseconds(*candidate, run, best, stopwatch);
            best = std::min(best, taken);
        }
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const auto& a, const auto& b) { return times[a.get()] < times[b.get()]; });
}

}  // namespace convnet::cudnn
