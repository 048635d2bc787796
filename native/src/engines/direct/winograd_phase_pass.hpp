// Backward data with large strides by Winograd's method. All phases share the tiles of the source, which are transformed
// once, and the phases of a line are side by side in vectors, so that results are stored in pieces.
#pragma once

#include <vector>

#include "devices/cpu/kernels/winograd_kernels.hpp"
#include "engines/direct/pass.hpp"
#include "engines/direct/phase_blocks.hpp"
#include "engines/direct/winograd_tiles.hpp"

namespace convnet::direct {

template <class T>
class WinogradPhasePass final : public DataPass<T> {
public:
    /// By one of `cpu::WinogradKernels::filterings`, of a sweep over all phases that it is for.
    WinogradPhasePass(const ConvolutionProblem& problem, Sweep sweep, std::size_t filtering);

    /// The filterings that are for a sweep, and whether they are allowed and worth their costs.
    static std::vector<std::size_t> filterings(const Sweep& sweep);
    static bool pays(const ConvolutionProblem& problem, const Sweep& sweep);

    /// Roughly the cycles of a group, to compare with those of sweep_costs.hpp.
    double cycles() const;

    const char* algorithm() const noexcept override { return filtering_.name; }
    std::int64_t workspace_elements(int threads) const noexcept override;
    std::int64_t prepared_elements() const noexcept override;
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    struct Arguments {
        const T* source;
        const T* weights;  ///< As run() is given them.
        T* target;
        TargetEpilogue<T> epilogue;
    };
    /// Some strips of tiles of a group, whose points are in memory.
    struct Chunk {
        std::int64_t group, first, count;
        PointStrides in;
        T* points;
    };
    /// Results of a column strip for a strip of tiles.
    struct Part {
        Strip tiles;
        std::int64_t group, strip;
    };
    /// Where pieces of a line of results go: that of position p to data + p * step, of which [0, extent) is there.
    struct Line {
        T* data;
        std::int64_t first, step, extent;
    };

    std::int64_t chunk_strips(int threads) const;
    PointStrides in_strides(std::int64_t strips) const;
    std::int64_t own_elements(int threads) const;
    void bring_in(const Chunk& chunk, std::int64_t piece, const T* source, T* band) const;
    void compute(const Chunk& chunk, std::int64_t strip, std::int64_t begin, std::int64_t end,
                 const Arguments& arguments, T* memory) const;
    std::int64_t first_weight(std::int64_t group, std::int64_t strip) const;
    void gather_strip(std::int64_t group, std::int64_t strip, const std::vector<std::int64_t>& tap_of, const T* w,
                      T* gathered) const;
    void transform_strip(std::int64_t strip, const T* gathered, T* transformed) const;
    void multiply(const Part& part, const T* in, std::int64_t in_point, const T* weights, T* products, T* target) const;
    void bring_out(const Part& part, std::int64_t column, const T* products, const Arguments& arguments, T* band) const;
    template <class Function>
    void for_lines(const Part& part, std::int64_t column, std::int64_t first_row, T* target,
                   const Function& function) const;
    void store_line(const T* results, const Line& line) const;

    const ConvolutionProblem problem_;
    const Sweep sweep_;
    const cpu::Kernels<T>& kernels_;
    const cpu::MinimalFiltering<T>& filtering_;
    const PhaseBlocks blocks_;
    const WinogradTiles tiles_;
    const TiledPlane<TileSource> source_;
    std::int64_t points_, whole_channels_;
    std::int64_t parts_;          // into which tasks divide a chunk that all threads share
    std::int64_t weight_stride_;  // between points
    std::int64_t positions_;      // of a line of tiles
    PointStrides out_;
    std::int64_t scratch_, products_;
    std::int64_t transformed_;   // weights of a strip
    bool transforms_each_time_;  // where transformed weights are too many to be read fast
    bool alone_;                 // each thread has points of its own, where transformed weights are near
};

extern template class WinogradPhasePass<float>;
extern template class WinogradPhasePass<double>;

}  // namespace convnet::direct
