// Forward and backward data by Winograd's minimal filtering: of F(4x4, 3x3), 36 products make 16 outputs of a channel
// pair, which take 144 as plain sums. Its rounding errors are larger than those of plain sums, so it is for default
// accuracy.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/pass.hpp"
#include "engines/direct/winograd_blocks.hpp"
#include "engines/direct/winograd_filters.hpp"

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
    using Division = WinogradBlocks::Division;
    using Chunks = WinogradBlocks::Chunks;
    using Piece = WinogradBlocks::Piece;
    using Slice = WinogradBlocks::Slice;

    struct Arguments {
        const T* source;
        const T* weights;  ///< As run() is given them.
        T* target;
        TargetEpilogue<T> epilogue;
    };
    /// One chunk of one group, of one part of the sets, and where its points are.
    struct Work {
        const Chunks& chunks;
        std::int64_t group, part, first_strip, end_strip;
        T *in, *out;
    };

    void prepare_slice(const FilterVectors<T>& filters, std::int64_t group, const Slice& slice, const Piece& piece,
                       const Piece& held, T* to) const;
    const WinogradGeometry& geometry(const Work& work) const;
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
    std::vector<WinogradGeometry> of_set_;  // where there is more than one
    const WinogradBlocks blocks_;
    const WinogradFilters<T> filters_;
};

extern template class WinogradPass<float>;
extern template class WinogradPass<double>;

}  // namespace convnet::direct
