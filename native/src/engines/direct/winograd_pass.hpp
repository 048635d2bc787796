// Forward and backward data by Winograd's minimal filtering: of F(4x4, 3x3), 36 products make 16 outputs of a channel
// pair, which take 144 as plain sums. Its rounding errors are larger than those of plain sums, so it is for default
// accuracy.
#pragma once

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/pass.hpp"
#include "engines/direct/winograd_filters.hpp"
#include "engines/direct/winograd_tiles.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {

template <class T>
class WinogradPass final : public DataPass<T> {
public:
    /// By one of `cpu::WinogradKernels::filterings`, of a problem that it is for.
    WinogradPass(const ConvolutionProblem& problem, WeightUse use, const WinogradGeometry& geometry,
                 std::size_t filtering);

    /// The filterings that are for a problem within a workspace limit, none where it has no geometry.
    static std::vector<std::size_t> filterings(const ConvolutionProblem& problem, WeightUse use,
                                               const std::optional<WinogradGeometry>& geometry,
                                               std::int64_t workspace_limit_bytes);

    /// Roughly the cycles of a group, to compare with those of sweep_costs.hpp.
    double cycles() const;

    const char* algorithm() const noexcept override { return filtering_.name; }
    std::int64_t workspace_elements(int threads) const noexcept override;
    std::int64_t prepared_elements() const noexcept override;
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    /// How threads divide the work: by chunks of tiles, each of which a thread computes alone; by slices of the target,
    /// each of which has a thread that has transformed all tiles for itself; by points of one chunk after the other; or by
    /// slices of which a thread transforms the filters at once with the products.
    enum class Division { chunks, slices, points, at_once };

    /// Chunks of strips of tiles that are in memory at a time.
    struct Chunks {
        WinogradTiles tiles;
        Division division;
        std::int64_t strips, depth, count;  ///< Strips of a chunk, their tiles, and how many chunks there are.
        std::int64_t scratch;               ///< Elements for a thread to bring tiles in and out.
        PointStrides in, out;
        std::int64_t in_elements, out_elements;
    };
    struct Arguments {
        const T* source;
        const T* weights;  ///< As run() is given them.
        T* target;
        TargetEpilogue<T> epilogue;
    };
    /// One chunk of one group, and where its points are.
    struct Work {
        const Chunks& chunks;
        std::int64_t group, first_strip, end_strip;
        T *in, *out;
    };

    /// Some of the source channels.
    struct Piece {
        std::int64_t first, channels;
    };

    /// Some of the target channels of a group, whose products are in memory, in whole vectors.
    struct Slice {
        std::int64_t first, channels;
    };

    std::int64_t slices() const { return ceil_divide(whole_targets_, slice_); }
    Slice slice(std::int64_t index) const;
    /// Of the panel that begins at channel `panel` of a slice.
    std::int64_t width(const Slice& slice, std::int64_t panel) const {
        return std::min(panel_, slice.channels - panel);
    }
    std::int64_t filters_of(std::int64_t group, std::int64_t slice) const;
    void prepare_slice(const FilterVectors<T>& filters, std::int64_t group, const Slice& slice, const Piece& piece,
                       const Piece& held, T* to) const;
    Chunks chunks(int threads) const;
    Chunks chunks_of(std::int64_t wanted_tiles, Division division) const;
    std::int64_t elements_of_tile() const;
    std::int64_t own_elements(const Chunks& c) const;
    std::int64_t shared_elements(const Chunks& c) const;
    std::int64_t first_tile(const Work& work, std::int64_t strip) const;
    void bring_in(const Work& work, std::int64_t strip, std::int64_t channel, const T* source, T* scratch) const;
    void multiply(const Work& work, std::int64_t point, const Slice& slice, std::int64_t panel, const Piece& piece,
                  const T* filters) const;
    void multiply_tiles(const Work& work, const T* in, cpu::LinesTile<T> product) const;
    void bring_out(const Work& work, std::int64_t strip, const Slice& slice, std::int64_t vector,
                   const Arguments& arguments, T* scratch) const;

    std::int64_t readings(const Work& work) const;
    void read(const Work& work, std::int64_t index, const Arguments& arguments, T* scratch) const;
    void multiply_slice(const Work& work, const Slice& slice, const Piece& piece, const T* filters) const;
    void write_slice(const Work& work, const Slice& slice, const Arguments& arguments, T* scratch) const;
    void read_all(const Work& work, const Arguments& arguments, T* scratch) const;
    void compute_slice(const Work& work, std::int64_t index, const Arguments& arguments, T* scratch) const;
    void run_alone(const Work& work, const Arguments& arguments, T* scratch) const;
    void run_slices(const PassContext<T>& context, const Chunks& c, const Arguments& arguments) const;
    void run_points(const PassContext<T>& context, const Work& work, const Arguments& arguments) const;
    void run_at_once(const PassContext<T>& context, const Chunks& c, const Arguments& arguments) const;

    const ConvolutionProblem problem_;
    const WeightUse use_;
    const cpu::Kernels<T>& kernels_;
    const cpu::MinimalFiltering<T>& filtering_;
    const WinogradGeometry geometry_;
    std::int64_t groups_, channels_, targets_;     // channels per group
    std::int64_t whole_channels_, whole_targets_;  // in whole vectors
    const WinogradFilters<T> filters_;
    std::int64_t lines_, points_;         // of filters_
    std::int64_t panel_ = 0, slice_ = 0;  // target channels of a tile, and most of a slice
    bool at_once_;                        // filters are transformed where they are used, by run()
    std::int64_t piece_;                  // source channels whose filters are in memory
    std::int64_t weight_stride_;          // between points of filters
};

extern template class WinogradPass<float>;
extern template class WinogradPass<double>;

}  // namespace convnet::direct
