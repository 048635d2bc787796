#include "engines/direct/depthwise_filter_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Several, whose planes lie one behind the other, but not so many that few threads get any, or that their sums crowd
/// the planes out of the cache.
std::int64_t groups_of_task(const ConvolutionProblem& problem, const DepthwiseLayout& layout,
                            std::int64_t sums_of_group) {
    constexpr std::int64_t wanted_tasks = 16, wanted_groups = 8, most_sums = 4096;
    const std::int64_t wanted = std::max(std::min(wanted_groups, ceil_divide(layout.groups, wanted_tasks)),
                                         layout.of_task(problem, layout.groups));
    return std::clamp(most_sums / sums_of_group, std::int64_t{1}, wanted);
}

}  // namespace

template <class T>
DepthwiseFilterPass<T>::DepthwiseFilterPass(const ConvolutionProblem& problem)
    : kernels_(cpu::depthwise_kernels<T>()),
      layout_(problem, WeightUse::forward),
      sums_(layout_.weights * kernels_.lanes),
      groups_of_task_(groups_of_task(problem, layout_, layout_.targets * sums_)),
      scratch_(whole_lines(layout_.scratch_elements()) + whole_lines(groups_of_task_ * layout_.targets * sums_)) {}

// A group is of one task, whatever the number of threads, so that its sums have one order.
template <class T>
void DepthwiseFilterPass<T>::run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const {
    const auto task = [&](std::int64_t index) {
        const std::int64_t first = index * groups_of_task_;
        run_groups(first, std::min(layout_.groups, first + groups_of_task_), x, dy, dw, context.own(scratch_));
    };
    context.pool.run(ceil_divide(layout_.groups, groups_of_task_), task, context.threads);
}

template <class T>
void DepthwiseFilterPass<T>::run_groups(std::int64_t first, std::int64_t last, const T* x, const T* dy, T* dw,
                                        T* scratch) const {
    const DepthwiseLayout& l = layout_;
    const std::int64_t sums_of_group = l.targets * sums_;
    T* const sums = scratch + whole_lines(l.scratch_elements());
    std::fill_n(sums, (last - first) * sums_of_group, T{0});
    for (std::int64_t image = 0; image < l.images; ++image) {
        for (std::int64_t group = first; group < last; ++group) {
            add_plane(image, group, x, dy, scratch, sums + (group - first) * sums_of_group);
        }
    }
    kernels_.add_lanes(sums, (last - first) * l.targets * l.weights, dw + first * l.targets * l.weights);
}

template <class T>
void DepthwiseFilterPass<T>::add_plane(std::int64_t image, std::int64_t group, const T* x, const T* dy, T* scratch,
                                       T* sums) const {
    const DepthwiseLayout& l = layout_;
    const T* const dy_end = dy + l.images * l.groups * l.targets * l.target_elements();
    for (std::int64_t band = 0; band < l.bands; ++band) {
        const std::int64_t first = band * l.band, rows = std::min(l.band, l.rows.target - first);
        const T* const target =
            dy + (image * l.groups + group) * l.targets * l.target_elements() + first * l.columns.target;
        if (l.window > 0) {
            const auto windows = l.windows(cpu::kernels<T>(), x, image, group, band, scratch);
            for (std::int64_t t = 0; t < l.targets; ++t) {
                kernels_.add_gradient_windows(
                    {windows, target + t * l.target_elements(), dy_end, l.target_elements(), sums + t * sums_});
            }
            continue;
        }
        l.pad(cpu::kernels<T>(), x, image, group, band, scratch);
        for (std::int64_t t = 0; t < l.targets; ++t) {
            kernels_.add_gradient({scratch, l.rows.step * l.row, l.taps.data(), l.weights,
                                   target + t * l.target_elements(), dy_end, l.columns.target, rows, l.columns.target,
                                   sums + t * sums_});
        }
    }
}

template class DepthwiseFilterPass<float>;
template class DepthwiseFilterPass<double>;

}  // namespace convnet::direct
