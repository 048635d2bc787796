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

/// The least of a few times, after a run that brings kernels to the device.
double milliseconds(const Candidate& candidate, const Run& run, plugin::Stopwatch& stopwatch) {
    constexpr int repeats = 3;
    double least = never;
    for (int repeat = 0; repeat <= repeats; ++repeat) {
        stopwatch.start();
        if (candidate.run(run) != api::Status::success) {
            return never;
        }
        const double taken = stopwatch.stop();
        least = repeat == 0 ? least : std::min(least, taken);
    }
    return least;
}

}  // namespace

Run Tuner::run_of(Work work) const {
    const ScratchTensors& t = tensors_;
    Run run{work.epilogue, handle_, {}, work.epilogue == Epilogue::none ? nullptr : t.bias.data()};
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

void Tuner::sort(Work work, Candidates& candidates) const {
    const Scratch memory = most_memory(allocator_, candidates);
    plugin::Stopwatch stopwatch(nullptr);
    Run run = run_of(work);
    std::map<const Candidate*, double> times;
    for (const auto& candidate : candidates) {
        run.workspace = {memory.data(), static_cast<std::size_t>(candidate->workspace_bytes)};
        times[candidate.get()] =
            candidate->workspace_bytes <= memory.bytes() ? milliseconds(*candidate, run, stopwatch) : never;
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const auto& a, const auto& b) { return times[a.get()] < times[b.get()]; });
}

}  // namespace convnet::cudnn
