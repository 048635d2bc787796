#include "engines/direct/direct_plan.hpp"

#include "engines/direct/tuned_passes.hpp"

namespace convnet::direct {
namespace {

/// Whether one thread is done before another wakes.
bool is_small(const ConvolutionProblem& p) {
    constexpr double small = 1 << 17;
    return static_cast<double>(p.batch * p.out_channels * p.out_positions()) *
               static_cast<double>(p.column_rows_per_group()) <
           small;
}

int threads_for(const ConvolutionProblem& problem, CpuDevice& device) {
    return is_small(problem) ? 1 : device.threads();
}

template <class T>
class DirectPlan final : public Plan {
public:
    DirectPlan(const ConvolutionProblem& problem, CpuDevice& device)
        : device_(device),
          threads_(threads_for(problem, device)),
          passes_(device.autotuner() != nullptr ? tuned_passes<T>(problem, device, threads_)
                                                : expected_passes<T>(problem, device.workspace().limit_bytes())) {
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

    CpuDevice& device_;
    int threads_;
    const Passes<T> passes_;
};

}  // namespace

std::int64_t least_workspace_bytes(const ConvolutionProblem& problem, std::int64_t workspace_limit_bytes) {
    return with_type(problem.type, [&](auto zero) {
        return expected_passes<decltype(zero)>(problem, workspace_limit_bytes).workspace_bytes(1);
    });
}

std::unique_ptr<const Plan> make_plan(const ConvolutionProblem& problem, CpuDevice& device) {
    return with_type(problem.type, [&](auto zero) -> std::unique_ptr<const Plan> {
        return std::make_unique<DirectPlan<decltype(zero)>>(problem, device);
    });
}

}  // namespace convnet::direct
