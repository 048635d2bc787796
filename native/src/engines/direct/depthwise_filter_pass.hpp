// The gradient of the weights of groups with one channel: for each tap, one sum over all positions of all images.
#pragma once

#include "engines/direct/depthwise_layout.hpp"
#include "engines/direct/pass.hpp"

namespace convnet::direct {

template <class T>
class DepthwiseFilterPass final : public FilterPass<T> {
public:
    explicit DepthwiseFilterPass(const ConvolutionProblem& problem);

    const char* algorithm() const noexcept override { return "depthwise"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, scratch_);
    }
    void run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const override;

private:
    void run_groups(std::int64_t first, std::int64_t last, const T* x, const T* dy, T* dw, T* scratch) const;
    void add_plane(std::int64_t image, std::int64_t group, const T* x, const T* dy, T* scratch, T* sums) const;

    const cpu::DepthwiseKernels<T>& kernels_;
    const DepthwiseLayout layout_;
    const std::int64_t sums_;  // of one target channel
    const std::int64_t groups_of_task_;
    const std::int64_t scratch_;
};

extern template class DepthwiseFilterPass<float>;
extern template class DepthwiseFilterPass<double>;

}  // namespace convnet::direct
