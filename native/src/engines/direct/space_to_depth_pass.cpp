#include "engines/direct/space_to_depth_pass.hpp"

#include <vector>

namespace convnet::direct {

template <class T>
SpaceToDepthPass<T>::SpaceToDepthPass(const ConvolutionProblem& p, const SpaceToDepth& split, std::size_t filtering)
    : problem_(p), dense_(split.dense), dense_pass_(split.dense, WeightUse::forward, split.geometry, filtering) {}

template <class T>
double SpaceToDepthPass<T>::cycles() const {
    constexpr double per_element = 0.5;
    const std::int64_t elements = dense_.batch * dense_.in_channels_per_group() * dense_.in_positions();
    return dense_pass_.cycles() + per_element * static_cast<double>(elements);
}

template <class T>
void SpaceToDepthPass<T>::prepare(ThreadPool& pool, const T* w, T* prepared) const {
    const Axis &rows = problem_.axes[0], &columns = problem_.axes[1];
    const std::int64_t dense_columns = dense_.axes[1].kernel, dense_taps = dense_.taps();
    const std::int64_t kernels = problem_.out_channels * problem_.in_channels_per_group();
    const std::int64_t dense_kernel = rows.stride * columns.stride * dense_taps;
    std::vector<T> dense_w(static_cast<std::size_t>(kernels * dense_kernel), T{0});
    for (T* to = dense_w.data(); to != dense_w.data() + dense_w.size(); to += dense_kernel) {
        for (std::int64_t r = 0; r < rows.kernel; ++r) {
            for (std::int64_t c = 0; c < columns.kernel; ++c) {
                const std::int64_t phase = r % rows.stride * columns.stride + c % columns.stride;
                to[phase * dense_taps + r / rows.stride * dense_columns + c / columns.stride] = *w++;
            }
        }
    }
    dense_pass_.prepare(pool, dense_w.data(), prepared);
}

template class SpaceToDepthPass<float>;
template class SpaceToDepthPass<double>;

}  // namespace convnet::direct
