#include "engines/direct/direct_plan.hpp"

#include <algorithm>
#include <limits>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/band_gradient_pass.hpp"
#include "engines/direct/band_pass.hpp"
#include "engines/direct/depthwise_filter_pass.hpp"
#include "engines/direct/depthwise_pass.hpp"
#include "engines/direct/filter_gradient_pass.hpp"
#include "engines/direct/pass.hpp"
#include "engines/direct/sweep_costs.hpp"
#include "engines/direct/sweep_pass.hpp"
#include "engines/direct/winograd_gradient_pass.hpp"
#include "engines/direct/winograd_pass.hpp"

namespace convnet::direct {
namespace {

/// The way to compute a pass by sweeps that costs least.
template <class T>
std::unique_ptr<const DataPass<T>> cheapest_sweeps(const ConvolutionProblem& problem, WeightUse use) {
    const auto ways = use == WeightUse::forward ? std::vector<std::vector<Sweep>>{{forward_sweep(problem)}}
                                                : backward_data_sweeps(problem);
    const auto& kernels = cpu::kernels<T>();
    double least = std::numeric_limits<double>::infinity();
    const std::vector<Sweep>* best = nullptr;
    bool in_bands = false;
    for (const std::vector<Sweep>& way : ways) {
        double gathering = 0, bands = 0;
        for (const Sweep& sweep : way) {
            gathering += cost_of_gathering(sweep, kernels.lanes);
            bands += cost_of_bands(sweep, kernels.lanes, kernels.rows);
        }
        if (best == nullptr || std::min(gathering, bands) < least) {
            least = std::min(gathering, bands);
            best = &way;
            in_bands = bands < gathering;
        }
    }
    if (in_bands) {
        return std::make_unique<BandPass<T>>(problem, use, *best);
    }
    return std::make_unique<SweepPass<T>>(problem, use, *best);
}

/// The method of each pass, chosen for a problem.
template <class T>
struct Passes {
    Passes(const ConvolutionProblem& problem, std::int64_t workspace_limit_bytes)
        : forward(data_pass(problem, WeightUse::forward, workspace_limit_bytes)),
          backward_data(data_pass(problem, WeightUse::backward_data, workspace_limit_bytes)),
          backward_filter(filter_pass(problem, workspace_limit_bytes)) {}

    static std::unique_ptr<const DataPass<T>> data_pass(const ConvolutionProblem& problem, WeightUse use,
                                                        std::int64_t limit_bytes) {
        if (is_depthwise(problem)) {
            return std::make_unique<DepthwisePass<T>>(problem, use);
        }
        if (is_for_winograd(problem, use, cpu::kernels<T>().lanes, limit_bytes)) {
            return std::make_unique<WinogradPass<T>>(problem, use, limit_bytes);
        }
        return cheapest_sweeps<T>(problem, use);
    }

    static std::unique_ptr<const FilterPass<T>> filter_pass(const ConvolutionProblem& problem,
                                                            std::int64_t limit_bytes) {
        if (is_depthwise(problem)) {
            return std::make_unique<DepthwiseFilterPass<T>>(problem);
        }
        if (WinogradGradientPass<T>::is_for(problem, limit_bytes)) {
            return std::make_unique<WinogradGradientPass<T>>(problem);
        }
        if (BandGradientBlocks::is_for(forward_sweep(problem), cpu::kernels<T>().lanes)) {
            return std::make_unique<BandGradientPass<T>>(problem);
        }
        return std::make_unique<FilterGradientPass<T>>(problem);
    }

    std::unique_ptr<const DataPass<T>> forward, backward_data;
    std::unique_ptr<const FilterPass<T>> backward_filter;

    std::int64_t workspace_bytes(int threads) const {
        return std::max({forward->workspace_elements(threads), backward_data->workspace_elements(threads),
                         backward_filter->workspace_elements(threads)}) *
               static_cast<std::int64_t>(sizeof(T));
    }
};

template <class T>
class DirectPlan final : public Plan {
public:
    DirectPlan(const ConvolutionProblem& problem, CpuDevice& device)
        : device_(device),
          passes_(problem, device.workspace().limit_bytes()),
          threads_(is_small(problem) ? 1 : device.threads()) {
        while (threads_ > 1 && workspace_bytes() > device.workspace().limit_bytes()) {
            --threads_;
        }
    }

    EngineKind engine() const noexcept override { return EngineKind::direct; }
    const char* engine_name() const noexcept override { return "direct"; }
    Algorithms algorithms() const noexcept override {
        return {passes_.forward->algorithm(), passes_.backward_data->algorithm(), passes_.backward_filter->algorithm()};
    }
    std::int64_t workspace_bytes() const noexcept override { return passes_.workspace_bytes(threads_); }

    std::int64_t prepared_bytes(WeightUse use) const noexcept override {
        return pass(use).prepared_elements() * static_cast<std::int64_t>(sizeof(T));
    }

    void prepare(WeightUse use, const void* w, void* prepared) const override {
        pass(use).prepare(device_.pool(), static_cast<const T*>(w), static_cast<T*>(prepared));
    }

    void forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const override {
        run(WeightUse::forward, x, w, y, epilogue);
    }

    void backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const override {
        run(WeightUse::backward_data, dy, w, dx, epilogue);
    }

    void backward_filter(const void* x, const void* dy, void* dw) const override {
        const FilterPass<T>& pass = *passes_.backward_filter;
        const auto workspace = lend(pass.workspace_elements(threads_));
        pass.run(context(workspace), static_cast<const T*>(x), static_cast<const T*>(dy), static_cast<T*>(dw));
    }

private:
    const DataPass<T>& pass(WeightUse use) const {
        return use == WeightUse::forward ? *passes_.forward : *passes_.backward_data;
    }

    WorkspacePool::Lease lend(std::int64_t elements) const {
        return device_.workspace().lend(elements * static_cast<std::int64_t>(sizeof(T)));
    }

    PassContext<T> context(const WorkspacePool::Lease& workspace) const {
        return {device_.pool(), threads_, static_cast<T*>(workspace.data())};
    }

    void run(WeightUse use, const void* source, const void* w, void* target, const Epilogue& epilogue) const {
        const auto workspace = lend(pass(use).workspace_elements(threads_));
        pass(use).run(context(workspace), static_cast<const T*>(source), static_cast<const T*>(w),
                      static_cast<T*>(target), {static_cast<const T*>(epilogue.bias), static_cast<T>(epilogue.slope)});
    }

    /// Whether one thread is done before another wakes.
    static bool is_small(const ConvolutionProblem& p) {
        constexpr double small = 1 << 17;
        return static_cast<double>(p.batch * p.out_channels * p.out_positions()) *
                   static_cast<double>(p.column_rows_per_group()) <
               small;
    }

    CpuDevice& device_;
    const Passes<T> passes_;
    int threads_;
};

}  // namespace

std::int64_t least_workspace_bytes(const ConvolutionProblem& problem, std::int64_t workspace_limit_bytes) {
    return with_type(problem.type, [&](auto zero) {
        return Passes<decltype(zero)>(problem, workspace_limit_bytes).workspace_bytes(1);
    });
}

std::unique_ptr<const Plan> make_plan(const ConvolutionProblem& problem, CpuDevice& device) {
    return with_type(problem.type, [&](auto zero) -> std::unique_ptr<const Plan> {
        return std::make_unique<DirectPlan<decltype(zero)>>(problem, device);
    });
}

}  // namespace convnet::direct
