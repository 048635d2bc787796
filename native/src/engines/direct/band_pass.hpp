// Forward and backward data over padded bands: where there are few rows to a product, copying the source once is cheaper
// than gathering columns.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/band_blocks.hpp"
#include "engines/direct/pass.hpp"

namespace convnet::direct {

template <class T>
class BandPass final : public DataPass<T> {
public:
    BandPass(const ConvolutionProblem& problem, WeightUse use, std::vector<Sweep> sweeps);

    const char* algorithm() const noexcept override { return "padded bands"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, scratch_);
    }
    std::int64_t prepared_elements() const noexcept override { return weights_; }
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    struct PlannedSweep {
        Sweep sweep;
        BandBlocks blocks;
        std::int64_t first_weight, first_task;
    };
    struct Arguments {
        const T* source;
        const T* packed;
        T* target;
        TargetEpilogue<T> epilogue;
        T* scratch;
    };

    /// What a task computes: rows of the product for `count` rows of positions from `first` on.
    struct Part {
        std::int64_t image, group, first_row, end_row, first, count;
    };

    /// Elements of every channel that are fetched while others are multiplied.
    struct Ahead {
        const T* data;
        std::int64_t elements;
    };

    /// Where two rows of the product go in turns: positions of the first line to line `first_line` of a plane.
    struct Pair {
        T* plane;
        std::int64_t first_line;
    };

    /// Row (r, line) of the sums of a part begins at data + r * stride + line * pitch.
    struct Results {
        T* data;
        std::int64_t stride, pitch;
    };

    Part part_of(const PlannedSweep& planned, std::int64_t task) const;
    const T* plane_of(const Sweep& sweep, const Part& part, std::int64_t channel, const T* source) const;
    void run_task(const PlannedSweep& planned, std::int64_t task, const Arguments& arguments) const;
    Results results_of(const PlannedSweep& planned, const Part& part, const Arguments& arguments) const;
    void multiply(const PlannedSweep& planned, const Part& part, std::int64_t channel, std::int64_t channels,
                  const Arguments& arguments, const Windows<T>& windows, const Results& results,
                  const Ahead& ahead) const;
    void find_pairs(const Sweep& sweep, const Part& part, T* target, std::vector<Pair>& pairs) const;
    cpu::PairsTile<T> in_pairs(const Sweep& sweep, const Pair* pair, std::int64_t line, std::int64_t first,
                               const cpu::WindowTile<T>& tile) const;

    const ConvolutionProblem problem_;
    const WeightUse use_;
    const cpu::Kernels<T>& kernels_;
    std::vector<PlannedSweep> sweeps_;
    std::int64_t weights_ = 0, tasks_ = 0, scratch_ = 0;
};

extern template class BandPass<float>;
extern template class BandPass<double>;

}  // namespace convnet::direct
