// Forward with strides by Winograd's method, as a convolution without: every stride-th row and column of a channel becomes
// a channel of its own (space to depth), and a kernel as many smaller ones, with zeros where the stride does not divide
// it. So few channels fill vectors, too: those of pictures, which first layers read.
#pragma once

#include "engines/direct/winograd_pass.hpp"

namespace convnet::direct {

template <class T>
class SpaceToDepthPass final : public DataPass<T> {
public:
    /// By one of `cpu::WinogradKernels::filterings`.
    SpaceToDepthPass(const ConvolutionProblem& problem, const SpaceToDepth& split, std::size_t filtering);

    /// Roughly the cycles of a group, to compare with those of sweep_costs.hpp.
    double cycles() const;

    const char* algorithm() const noexcept override { return dense_pass_.algorithm(); }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return dense_pass_.workspace_elements(threads);
    }
    std::int64_t prepared_elements() const noexcept override { return dense_pass_.prepared_elements(); }
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override {
        dense_pass_.run(context, source, prepared, target, epilogue);
    }

private:
    const ConvolutionProblem problem_, dense_;
    const WinogradPass<T> dense_pass_;
};

extern template class SpaceToDepthPass<float>;
extern template class SpaceToDepthPass<double>;

}  // namespace convnet::direct
