// The gradient of the weights on any problem that the direct engine takes.
#pragma once

#include "engines/direct/filter_gradient.hpp"
#include "engines/direct/pass.hpp"

namespace convnet::direct {

template <class T>
class FilterGradientPass final : public FilterPass<T> {
public:
    explicit FilterGradientPass(const ConvolutionProblem& problem);

    const char* algorithm() const noexcept override { return "implicit gemm"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, blocks_.scratch_elements) + blocks_.parts.partial_elements();
    }
    void run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const override;

private:
    const cpu::Kernels<T>& kernels_;
    const Sweep sweep_;
    const FilterGradientBlocks blocks_;
};

extern template class FilterGradientPass<float>;
extern template class FilterGradientPass<double>;

}  // namespace convnet::direct
