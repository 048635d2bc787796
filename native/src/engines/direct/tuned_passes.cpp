#include "engines/direct/tuned_passes.hpp"

#include <optional>
#include <utility>

#include "devices/workspace_pool.hpp"
#include "geometry/text.hpp"

namespace convnet::direct {
namespace {

/// Elements of the tensors of a problem.
struct Elements {
    explicit Elements(const ConvolutionProblem& p)
        : x(whole_lines(p.batch * p.in_channels * p.in_positions())),
          y(whole_lines(p.batch * p.out_channels * p.out_positions())),
          w(whole_lines(p.out_channels * p.column_rows_per_group())) {}

    std::int64_t all() const { return x + y + w; }

    std::int64_t x, y, w;
};

template <class T>
class Tuning {
public:
    Tuning(const ConvolutionProblem& problem, CpuDevice& device, int threads)
        : problem_(problem),
          device_(device),
          threads_(threads),
          limit_(device.workspace().limit_bytes() / static_cast<std::int64_t>(sizeof(T))) {}

    std::unique_ptr<const DataPass<T>> data_pass(WeightUse use) const {
        const auto make = [&](const ConvolutionProblem& p, const DataMethod& method) {
            return make_pass<T>(p, use, method);
        };
        const auto beside = [](const DataPass<T>& pass) { return whole_lines(pass.prepared_elements()); };
        const auto run = [&](const DataPass<T>& pass, const Elements& elements, T* memory) {
            T* const x = memory;
            T* const y = x + elements.x;
            T* const w = y + elements.y;
            T* const prepared = pass.prepared_elements() == 0 ? w : w + elements.w;
            const bool forward = use == WeightUse::forward;
            if (prepared != w && weights_change(problem_, use)) {
                pass.prepare(device_.pool(), w, prepared);
            }
            pass.run({device_.pool(), threads_, w + elements.w + beside(pass)}, forward ? x : y, prepared,
                     forward ? y : x, {nullptr, T{1}});
        };
        return fastest(use == WeightUse::forward ? "forward" : "backward data",
                       data_methods<T>(problem_, use, device_.workspace().limit_bytes()), make, beside, run);
    }

    std::unique_ptr<const FilterPass<T>> filter_pass() const {
        const auto make = [](const ConvolutionProblem& p, const FilterMethod& method) {
            return make_pass<T>(p, method);
        };
        const auto beside = [](const FilterPass<T>&) { return std::int64_t{0}; };
        const auto run = [&](const FilterPass<T>& pass, const Elements& elements, T* memory) {
            T* const w = memory + elements.x + elements.y;
            pass.run({device_.pool(), threads_, w + elements.w}, memory, memory + elements.x, w);
        };
        return fastest("backward filter", filter_methods<T>(problem_, device_.workspace().limit_bytes()), make, beside,
                       run);
    }

private:
    /// make(problem, method) makes a pass, beside(pass) is what it takes of memory beside tensors and workspace, and
    /// run(pass, elements, memory) runs it.
    template <class Method, class Make, class Beside, class Run>
    auto fastest(const char* name, std::vector<Method> methods, const Make& make, const Beside& beside,
                 const Run& run) const {
        std::erase_if(methods, [&, first = true](const Method& method) mutable {
            const bool expected = std::exchange(first, false);
            return !expected && make(problem_, method)->workspace_elements(1) > limit_;
        });
        const auto needed = [&](const ConvolutionProblem& p) {
            std::int64_t most = 0;
            for (const Method& method : methods) {
                const auto pass = make(p, method);
                most = std::max(most, beside(*pass) + pass->workspace_elements(threads_));
            }
            return Elements(p).all() + most;
        };
        ConvolutionProblem sample = problem_;
        while (sample.batch > 1 && needed(sample) > limit_) {
            sample.batch /= 2;
        }
        if (methods.size() == 1 || needed(sample) > limit_) {
            return make(problem_, methods.front());
        }
        const std::string key = text(name, " of ", problem_.to_string(), " accuracy ",
                                     static_cast<int>(problem_.accuracy), " threads ", threads_);
        const Elements elements(sample);
        const std::int64_t count = needed(sample);
        // A key that is remembered needs none of it.
        std::optional<WorkspacePool::Lease> memory;
        std::vector<decltype(make(sample, methods.front()))> passes;
        const auto run_way = [&](std::size_t way) {
            if (!memory) {
                memory.emplace(device_.workspace().lend(count * static_cast<std::int64_t>(sizeof(T))));
                // No numbers that a processor takes longer for, as there may have been before.
                std::fill_n(static_cast<T*>(memory->data()), count, T{1});
                for (const Method& method : methods) {
                    passes.push_back(make(sample, method));
                }
            }
            run(*passes[way], elements, static_cast<T*>(memory->data()));
        };
        return make(problem_, methods[device_.autotuner()->fastest(key, methods.size(), run_way)]);
    }

    const ConvolutionProblem& problem_;
    CpuDevice& device_;
    const int threads_;
    const std::int64_t limit_;  // of workspace, in elements
};

}  // namespace

template <class T>
Passes<T> expected_passes(const ConvolutionProblem& problem, std::int64_t limit_bytes) {
    const auto data_pass = [&](WeightUse use) {
        return make_pass<T>(problem, use, data_methods<T>(problem, use, limit_bytes).front());
    };
    return {data_pass(WeightUse::forward), data_pass(WeightUse::backward_data),
            make_pass<T>(problem, filter_methods<T>(problem, limit_bytes).front())};
}

template <class T>
Passes<T> tuned_passes(const ConvolutionProblem& problem, CpuDevice& device, int threads) {
    const Tuning<T> tuning(problem, device, threads);
    return {tuning.data_pass(WeightUse::forward), tuning.data_pass(WeightUse::backward_data), tuning.filter_pass()};
}

template Passes<float> expected_passes(const ConvolutionProblem&, std::int64_t);
template Passes<double> expected_passes(const ConvolutionProblem&, std::int64_t);
template Passes<float> tuned_passes(const ConvolutionProblem&, CpuDevice&, int);
template Passes<double> tuned_passes(const ConvolutionProblem&, CpuDevice&, int);

}  // namespace convnet::direct
