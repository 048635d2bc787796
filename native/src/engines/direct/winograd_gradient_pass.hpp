// The gradient of the weights by Winograd's minimal filtering: of F(3x3, 4x4), the filter is a tile of 4x4 gradients of
// the output, and 36 products instead of 144 make its share of the 9 sums of a channel pair. Its rounding errors are
// larger than those of plain sums, so it is for default accuracy.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/gradient_parts.hpp"
#include "engines/direct/winograd_geometry.hpp"

namespace convnet::direct {

/// How the products are cut.
struct WinogradGradientBlocks {
    WinogradGradientBlocks(const Sweep& sweep, const WinogradGeometry& geometry, std::int64_t tile, int lanes,
                           int tile_rows);

    TiledPlane<TileSource> gradients;  ///< Of the output, of which tiles are the filters.
    WinogradTiles tiles;
    std::int64_t slice;             ///< Strips whose products are summed at a time...
    std::int64_t depth;             ///< ...and their tiles.
    GradientParts parts;            ///< Of strips. Source channels are in whole vectors but for the last block.
    std::int64_t scratch_elements;  ///< To bring tiles in.
    std::int64_t input_stride, filter_stride, sums_stride;  ///< Between points.
};

template <class T>
class WinogradGradientPass final : public FilterPass<T> {
public:
    /// By one of `cpu::WinogradKernels::filterings`, of a problem that it is for.
    WinogradGradientPass(const ConvolutionProblem& problem, std::size_t filtering);

    /// The filterings that are for a problem within a workspace limit.
    static std::vector<std::size_t> filterings(const ConvolutionProblem& problem, std::int64_t workspace_limit_bytes);

    /// Roughly the cycles that it takes, and that plain sums take.
    double cycles() const;
    double cycles_of_plain_sums() const;

    const char* algorithm() const noexcept override { return filtering_.name; }
    std::int64_t workspace_elements(int threads) const noexcept override;
    void run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const override;

private:
    /// What a thread works in: transformed tiles are [points][tiles][sets][channels in whole vectors].
    struct Scratch {
        T *bands, *inputs, *filters, *sums;
    };

    std::int64_t elements_of_thread() const noexcept;
    std::int64_t whole_vectors(std::int64_t channels) const;
    void run_part(const GradientPart& part, const T* x, const T* dy, const Scratch& scratch) const;
    void transform(void (*kernel)(const cpu::TileTransform<T>&), const TiledPlane<TileSource>& planes,
                   std::int64_t square, const Strip& strip, const T* first_plane, std::int64_t channels,
                   std::int64_t first_tile, const Scratch& scratch, T* out, std::int64_t point_stride) const;
    void multiply(const GradientPart& part, std::int64_t depth, const Scratch& scratch, bool accumulate) const;
    void add_gradients(const GradientPart& part, const Scratch& scratch, T* to, bool accumulate) const;

    const cpu::Kernels<T>& kernels_;
    const cpu::MinimalFiltering<T>& filtering_;
    const ConvolutionProblem problem_;
    const Sweep sweep_;
    const WinogradGeometry geometry_;
    const std::int64_t sets_, points_;
    const WinogradGradientBlocks blocks_;
};

extern template class WinogradGradientPass<float>;
extern template class WinogradGradientPass<double>;

}  // namespace convnet::direct
