// The gradient of the weights over padded bands: rows of the product are taps of a channel, read where they are in the
// band, its columns are output channels, for which dy is transposed, and its depth are positions.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/band.hpp"
#include "engines/direct/gradient_parts.hpp"

namespace convnet::direct {

/// How the product is cut.
struct BandGradientBlocks {
    BandGradientBlocks(const Sweep& sweep, int lanes, int vectors);

    /// Whether tiles are well filled and lines long enough.
    static bool is_for(const Sweep& sweep, int lanes);

    Band band;
    GradientParts parts;  ///< Of bands of all images. Outputs are in whole vectors but for the last block.
    std::int64_t panel;   ///< Most output channels of a tile.

    std::int64_t sums_stride;  ///< Between the rows of a task's sums: its output channels in whole vectors.
    std::int64_t source_elements, dy_elements, sums_elements;
    std::int64_t scratch_elements() const;  ///< Of a thread.
};

template <class T>
class BandGradientPass final : public FilterPass<T> {
public:
    explicit BandGradientPass(const ConvolutionProblem& problem);

    const char* algorithm() const noexcept override { return "padded bands"; }
    std::int64_t workspace_elements(int threads) const noexcept override;
    void run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const override;

private:
    struct Scratch {
        T *source, *dy, *sums, *turned;
    };

    void run_part(const GradientPart& part, const T* x, const T* dy, const Scratch& scratch) const;
    void pack_dy(const GradientPart& part, std::int64_t image, std::int64_t first, std::int64_t count, const T* dy,
                 T* packed) const;
    void multiply(const GradientPart& part, std::int64_t count, const T* source, const Scratch& scratch,
                  bool accumulate) const;
    void multiply_lines(const GradientPart& part, std::int64_t positions, std::int64_t position, const T* source,
                        const Scratch& scratch, cpu::LinesTile<T> tile) const;
    void add_turned(const GradientPart& part, const Scratch& scratch, T* to, bool accumulate) const;

    const cpu::Kernels<T>& kernels_;
    const Sweep sweep_;
    const BandGradientBlocks blocks_;
    const std::int64_t scratch_;
    std::vector<std::int64_t> windows_;  // where the first element of each channel and tap is, from a band's first on
};

extern template class BandGradientPass<float>;
extern template class BandGradientPass<double>;

}  // namespace convnet::direct
