// Backward data with kernels as long as their stride by one level of Strassen's matrix multiplication, in Winograd's form
// with 15 sums (Knuth, The Art of Computer Programming, volume 2, 4.6.4): such a sweep is one product of matrices whose
// columns are the source itself. Halves of rows are halves of the target channels, halves of columns are neighbours.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/pass.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

template <class T>
class StrassenPass final : public DataPass<T> {
public:
    /// Of a sweep that it is for.
    StrassenPass(const ConvolutionProblem& problem, Sweep sweep);

    /// Whether it can compute a sweep, is accurate enough, and is worth its costs.
    static bool pays(const ConvolutionProblem& problem, const Sweep& sweep);

    /// Roughly the cycles of a group, to compare with those of sweep_costs.hpp.
    double cycles() const;

    const char* algorithm() const noexcept override { return "strassen"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, columns_);
    }
    std::int64_t prepared_elements() const noexcept override { return sweep_.groups * weights_; }
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    /// A panel of positions for some tiles of rows of both halves.
    struct Part {
        std::int64_t plane;  ///< Of the image and the group.
        std::int64_t position, tile, end_tile;
    };

    Part part_of(std::int64_t task) const;
    std::int64_t rows_of(std::int64_t tile) const { return std::min(tile_rows_, half_rows_ - tile * tile_rows_); }
    void run_part(const Part& part, const T* prepared, const T* columns, T* target,
                  const TargetEpilogue<T>& epilogue) const;

    const ConvolutionProblem problem_;
    const Sweep sweep_;
    const cpu::Kernels<T>& kernels_;
    std::int64_t tile_rows_, half_rows_, half_depth_, tiles_;
    std::int64_t width_, panels_;  // of an image
    std::int64_t task_tiles_, row_blocks_, tasks_;
    std::int64_t weights_, columns_;
    std::vector<std::int64_t> lines_;  // where pairs of rows go in an image of the target
};

extern template class StrassenPass<float>;
extern template class StrassenPass<double>;

}  // namespace convnet::direct
