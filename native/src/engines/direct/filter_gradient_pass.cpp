#include "engines/direct/filter_gradient_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

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
        const std::int64_t elements = blocks_.partial_elements / blocks_.parts;
        constexpr std::int64_t share = 1 << 14;
        const auto add = [&](std::int64_t index) {
            add_parts(blocks_, elements, index * share, std::min(elements, (index + 1) * share), arguments);
        };
        context.pool.run(ceil_divide(elements, share), add, context.threads);
    }
}

template class FilterGradientPass<float>;
template class FilterGradientPass<double>;

}  // namespace convnet::direct
