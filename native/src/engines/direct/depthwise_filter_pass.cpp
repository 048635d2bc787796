#include "engines/direct/depthwise_filter_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"

namespace convnet::direct {

template <class T>
DepthwiseFilterPass<T>::DepthwiseFilterPass(const ConvolutionProblem& problem)
    : kernels_(cpu::depthwise_kernels<T>()),
      layout_(problem, WeightUse::forward),
      sums_(layout_.weights * kernels_.lanes),
      scratch_(whole_lines(layout_.scratch_elements()) + whole_lines(layout_.targets * sums_)) {}

template <class T>
void DepthwiseFilterPass<T>::run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const {
    const auto task = [&](std::int64_t group) {
        run_group(group, x, dy, dw, context.workspace + ThreadPool::current_thread() * scratch_);
    };
    context.pool.run(layout_.groups, task, context.threads);
}

// A group is one task, whatever the number of threads, so that its sums have one order.
template <class T>
void DepthwiseFilterPass<T>::run_group(std::int64_t group, const T* x, const T* dy, T* dw, T* scratch) const {
    const DepthwiseLayout& l = layout_;
    T* const sums = scratch + whole_lines(l.scratch_elements());
    std::fill_n(sums, l.targets * sums_, T{0});
    for (std::int64_t image = 0; image < l.images; ++image) {
        for (std::int64_t band = 0; band < l.bands; ++band) {
            l.pad(cpu::kernels<T>(), x, image, group, band, scratch);
            const std::int64_t first = band * l.band, rows = std::min(l.band, l.rows.target - first);
            for (std::int64_t t = 0; t < l.targets; ++t) {
                const T* const target =
                    dy + ((image * l.groups + group) * l.targets + t) * l.target_elements() + first * l.columns.target;
                kernels_.add_gradient({scratch, l.rows.step * l.row, l.taps.data(), l.weights, target,
                                       dy + l.images * l.groups * l.targets * l.target_elements(), l.columns.target,
                                       rows, l.columns.target, sums + t * sums_});
            }
        }
    }
    T* const out = dw + group * l.targets * l.weights;
    for (std::int64_t i = 0; i < l.targets * l.weights; ++i) {
        T sum = 0;
        for (std::int64_t lane = 0; lane < kernels_.lanes; ++lane) {
            sum += sums[i * kernels_.lanes + lane];
        }
        out[i] += sum;
    }
}

template class DepthwiseFilterPass<float>;
template class DepthwiseFilterPass<double>;

}  // namespace convnet::direct
