// Forward and backward data of groups with one channel: a few taps for each element, so memory sets the pace.
#pragma once

#include "engines/direct/depthwise_layout.hpp"
#include "engines/direct/pass.hpp"

namespace convnet::direct {

template <class T>
class DepthwisePass final : public DataPass<T> {
public:
    DepthwisePass(const ConvolutionProblem& problem, WeightUse use);

    const char* algorithm() const noexcept override { return "depthwise"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, scratch_);
    }
    std::int64_t prepared_elements() const noexcept override { return 0; }
    void prepare(ThreadPool& /*pool*/, const T* /*w*/, T* /*prepared*/) const override {}
    void run(const PassContext<T>& context, const T* source, const T* w, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    struct Arguments {
        const T *source, *w;
        T* target;
        TargetEpilogue<T> epilogue;
    };
    void run_band(std::int64_t index, const Arguments& arguments, T* scratch) const;
    void correlate_windows(const cpu::DepthwiseWindows<T>& windows, std::int64_t plane, std::int64_t band,
                           const Arguments& arguments) const;

    const cpu::DepthwiseKernels<T>& kernels_;
    const DepthwiseLayout layout_;
    const std::int64_t scratch_;
    const std::int64_t bands_, bands_of_task_;  // of all images and groups
    const bool streamed_;
};

extern template class DepthwisePass<float>;
extern template class DepthwisePass<double>;

}  // namespace convnet::direct
