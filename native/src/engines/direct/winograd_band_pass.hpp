// Backward data, the forward pass of a deconvolution, with few rows to the product, by Winograd's method along the rows of
// the source alone: F(outputs x 1, taps x 1) adds up whole lines of a band, and what tiles multiply are lines as before.
#pragma once

#include <vector>

#include "devices/cpu/kernels/winograd_kernels.hpp"
#include "engines/direct/band.hpp"
#include "engines/direct/packing.hpp"
#include "engines/direct/pass.hpp"

namespace convnet::direct {

/// How a sweep is cut into bands: whole tiles of some rows of positions, of which a line of each point is transformed.
struct WinogradBandBlocks {
    /// By a filtering of so many outputs. `most_rows` and `most_vectors` are what a tile of a product can have.
    WinogradBandBlocks(const Sweep& sweep, std::int64_t outputs, int lanes, int most_rows, int most_vectors);

    std::int64_t pitch;         ///< Between the lines of a point.
    std::int64_t tiles, bands;  ///< Tiles of a band, and bands of an image.
    bool joined;                ///< Whether lines are multiplied as one, where that takes no more vectors.
    Band band;
    Packing packing;
    std::int64_t panel;  ///< Most vectors of a tile.

    /// The products of so many tiles are `lines` lines of `vectors` vectors.
    std::int64_t lines(std::int64_t count) const { return joined ? 1 : count; }
    std::int64_t vectors(std::int64_t count) const;

private:
    std::int64_t columns_, lanes_;
};

template <class T>
class WinogradBandPass final : public DataPass<T> {
public:
    /// Of a sweep that it is for.
    WinogradBandPass(const ConvolutionProblem& problem, const Sweep& sweep);

    static bool is_for(const Sweep& sweep);

    /// Roughly, for one group; comparable with the costs of sweeps.
    double cycles() const;

    const char* algorithm() const noexcept override { return filtering_.name; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, scratch_);
    }
    std::int64_t prepared_elements() const noexcept override { return points_ * weights_; }
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    /// What a task computes: some tiles from row `first` of positions on.
    struct Part {
        std::int64_t image, group, first, tiles;
    };
    struct Arguments {
        const T* source;
        const T* weights;
        T* target;
        TargetEpilogue<T> epilogue;
    };
    /// Of a thread: the band, its transformed lines and their products, and their results.
    struct Scratch {
        T *band, *transformed, *sums, *results;
    };
    /// Elements of every channel that are fetched while others are multiplied.
    struct Ahead {
        const T* data;
        std::int64_t elements;
    };

    Part part_of(std::int64_t task) const;
    const T* plane_of(const Part& part, std::int64_t channel, const T* source) const;
    void run_task(std::int64_t task, const Arguments& arguments, const Scratch& scratch) const;
    void transform(const Part& part, std::int64_t channels, const Windows<T>& windows, T* transformed) const;
    void multiply(const Part& part, std::int64_t channel, std::int64_t channels, const T* weights,
                  const Scratch& scratch, const Ahead& ahead) const;
    void store(const Part& part, const Arguments& arguments, const Scratch& scratch) const;

    const ConvolutionProblem problem_;
    const Sweep sweep_;
    const cpu::Kernels<T>& kernels_;
    const cpu::MinimalFiltering<T>& filtering_;
    const WinogradBandBlocks blocks_;
    const std::vector<Sweep> of_taps_;           // of each tap of the rows alone
    std::vector<std::int64_t> offsets_;          // of the taps of a line
    const std::int64_t points_, point_, plane_;  // elements of a point of a channel, and of a channel
    const std::int64_t weights_;                 // of a point
    std::int64_t band_elements_, transformed_elements_, sums_elements_, scratch_;
};

extern template class WinogradBandPass<float>;
extern template class WinogradBandPass<double>;

}  // namespace convnet::direct
