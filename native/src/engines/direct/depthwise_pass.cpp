#include "engines/direct/depthwise_pass.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

/// Whether windows are so few that one thread is done with them before another has brought its share near. Beginning a
/// plane takes as long as some products.
bool is_short(const ConvolutionProblem& problem, const DepthwiseLayout& l) {
    constexpr std::int64_t most_products = 600'000, of_plane = 1 << 13;
    const std::int64_t planes = l.images * problem.out_channels;
    return l.window > 0 && planes * (problem.out_positions() * l.weights + of_plane) <= most_products;
}

/// Whether the target would leave the caches before someone reads it.
template <class T>
bool is_streamed(const DepthwiseLayout& l) {
    constexpr std::int64_t least_bytes = 32 << 20;
    return l.images * l.groups * l.targets * l.target_elements() * static_cast<std::int64_t>(sizeof(T)) >= least_bytes;
}

}  // namespace

template <class T>
DepthwisePass<T>::DepthwisePass(const ConvolutionProblem& problem, WeightUse use)
    : kernels_(cpu::depthwise_kernels<T>()),
      layout_(problem, use),
      scratch_(whole_lines(layout_.scratch_elements())),
      bands_(layout_.images * layout_.groups * layout_.bands),
      bands_of_task_(is_short(problem, layout_) ? bands_ : layout_.of_task(problem, bands_)),
      streamed_(is_streamed<T>(layout_)) {}

template <class T>
void DepthwisePass<T>::run(const PassContext<T>& context, const T* source, const T* w, T* target,
                           const TargetEpilogue<T>& epilogue) const {
    const Arguments arguments{source, w, target, epilogue};
    const auto task = [&](std::int64_t index) {
        T* const scratch = context.own(scratch_);
        const std::int64_t end = std::min(bands_, (index + 1) * bands_of_task_);
        for (std::int64_t band = index * bands_of_task_; band < end; ++band) {
            run_band(band, arguments, scratch);
        }
    };
    context.pool.run(ceil_divide(bands_, bands_of_task_), task, context.threads);
}

template <class T>
void DepthwisePass<T>::run_band(std::int64_t index, const Arguments& arguments, T* scratch) const {
    const DepthwiseLayout& l = layout_;
    const std::int64_t band = index % l.bands, group = index / l.bands % l.groups, image = index / l.bands / l.groups;
    if (l.window > 0) {
        return correlate_windows(l.windows(cpu::kernels<T>(), arguments.source, image, group, band, scratch),
                                 image * l.groups + group, band, arguments);
    }
    l.pad(cpu::kernels<T>(), arguments.source, image, group, band, scratch);

    const std::int64_t row_phases = static_cast<std::int64_t>(l.rows.phases.size());
    const std::int64_t column_phases = static_cast<std::int64_t>(l.columns.phases.size());
    const std::int64_t first = band * l.band, last = std::min(first + l.band, l.rows.positions());
    // Phases take turns after few rows, so that the target is written from its beginning to its end.
    const std::int64_t chunk = row_phases > 1 ? 4 : l.band;
    cpu::DepthwiseRows<T> rows{};
    rows.source_step = l.rows.step * l.row;
    rows.taps = l.taps.data();
    rows.phases = column_phases;
    rows.target_step = row_phases * l.columns.target;
    rows.columns = l.columns.target;
    rows.scratch = scratch + l.spare();
    rows.slope = arguments.epilogue.slope;
    for (std::int64_t t = 0; t < l.targets; ++t) {
        const std::int64_t channel = group * l.targets + t;
        rows.weights = arguments.w + channel * l.sources * l.weights;
        rows.bias = arguments.epilogue.bias != nullptr ? arguments.epilogue.bias[channel] : T{0};
        T* const target = arguments.target + (image * l.groups * l.targets + channel) * l.target_elements();
        for (std::int64_t at = first; at < last; at += chunk) {
            for (std::int64_t phase = 0; phase < row_phases; ++phase) {
                // The last phases may have a row less.
                const std::int64_t end = std::min({last, at + chunk, ceil_divide(l.rows.target - phase, row_phases)});
                rows.source = scratch + (at - first) * rows.source_step;
                rows.first_tap = l.first_tap.data() + phase * column_phases;
                rows.target = target + (at * row_phases + phase) * l.columns.target;
                rows.rows = std::max<std::int64_t>(end - at, 0);
                kernels_.correlate(rows);
            }
        }
    }
}

template <class T>
void DepthwisePass<T>::correlate_windows(const cpu::DepthwiseWindows<T>& windows, std::int64_t plane, std::int64_t band,
                                         const Arguments& arguments) const {
    const DepthwiseLayout& l = layout_;
    const std::int64_t phases = static_cast<std::int64_t>(l.rows.phases.size()), first = band * l.band * phases;
    for (std::int64_t t = 0; t < l.targets; ++t) {
        const std::int64_t channel = plane % l.groups * l.targets + t;
        kernels_.correlate_windows(
            {windows, arguments.w + channel * l.weights, l.taps.data(),
             arguments.epilogue.bias != nullptr ? arguments.epilogue.bias[channel] : T{0}, arguments.epilogue.slope,
             arguments.target + (plane * l.targets + t) * l.target_elements() + first * l.columns.target,
             static_cast<int>(phases), l.rows.target - first, l.columns.target, streamed_});
    }
}

template class DepthwisePass<float>;
template class DepthwisePass<double>;

}  // namespace convnet::direct
