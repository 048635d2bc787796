#include "engines/direct/filter_gradient_pass.hpp"

#include "devices/cpu/kernels/instruction_set.hpp"

namespace convnet::direct {

template <class T>
FilterGradientPass<T>::FilterGradientPass(const ConvolutionProblem& problem)
    : kernels_(cpu::kernels<T>()),
      sweep_(forward_sweep(problem)),
      blocks_(sweep_, kernels_.lanes, kernels_.rows, kernels_.vectors * kernels_.lanes) {}

template <class T>
void FilterGradientPass<T>::run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const {
    sum_in_parts(context, sweep_, blocks_.parts, blocks_.scratch_elements, dw,
                 [&](const GradientPart& part, T* scratch, T* sums, bool accumulate) {
                     const FilterGradientArguments<T> arguments{x, dy, sums, accumulate};
                     run_filter_gradient_task(kernels_, sweep_, blocks_, part, arguments, scratch);
                 });
}

template class FilterGradientPass<float>;
template class FilterGradientPass<double>;

}  // namespace convnet::direct
