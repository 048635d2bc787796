#include "engines/direct/filter_gradient_pass.hpp"

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/sums.hpp"

namespace convnet::direct {

template <class T>
FilterGradientPass<T>::FilterGradientPass(const ConvolutionProblem& problem)
    : kernels_(cpu::kernels<T>()),
      sweep_(forward_sweep(problem)),
      blocks_(sweep_, kernels_.lanes, kernels_.rows, kernels_.vectors * kernels_.lanes),
      scratch_(whole_lines(blocks_.scratch_elements)) {}

template <class T>
void FilterGradientPass<T>::run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const {
    const FilterGradientArguments<T> arguments{x, dy, dw, context.workspace + context.threads * scratch_};
    const auto task = [&](std::int64_t index) {
        run_filter_gradient_task(kernels_, sweep_, blocks_, index, arguments,
                                 context.workspace + ThreadPool::current_thread() * scratch_);
    };
    context.pool.run(blocks_.tasks, task, context.threads);
    if (blocks_.parts > 1) {
        add_parts(context, blocks_.parts, gradient_elements(sweep_), arguments.partial, dw);
    }
}

template class FilterGradientPass<float>;
template class FilterGradientPass<double>;

}  // namespace convnet::direct
