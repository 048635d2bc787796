// Backward data with large strides: the phases of a line are the columns of the product, so that results are stored side
// by side, and positions its rows, for which the source is turned so that channels are adjacent.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/pass.hpp"
#include "engines/direct/phase_blocks.hpp"

namespace convnet::direct {

template <class T>
class PhasePass final : public DataPass<T> {
public:
    PhasePass(const ConvolutionProblem& problem, std::vector<Sweep> sweeps);

    const char* algorithm() const noexcept override { return "phase panels"; }
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
        PhaseBlocks blocks;
        std::int64_t first_weight, first_task;
    };
    /// What a task computes: strips of columns for `count` rows of positions from `first` on.
    struct Part {
        std::int64_t image, group, first_strip, end_strip, first, count;
    };
    struct Position {
        std::int64_t row, column;
        std::int64_t source;  ///< Where its window begins, in elements of one channel.
        std::int64_t target;  ///< Where its runs begin, counted from those of position 0.
    };
    /// Those of a part: first the ones whose tiles store straight to the target, then those that an edge cuts.
    struct Positions {
        std::vector<Position> all;
        std::int64_t direct;
    };

    /// Where the pieces of a strip's columns begin for position 0, and their biases.
    struct Strip {
        std::int64_t columns;
        std::vector<std::int64_t> places;
        std::vector<T> bias;
    };
    struct Arguments {
        const T* source;   ///< Of the part, turned.
        const T* weights;  ///< Of the strip.
        T* results;
        T* target;
        TargetEpilogue<T> epilogue;
    };

    void prepare_strip(const PlannedSweep& planned, const std::vector<std::int64_t>& tap_of, std::int64_t group,
                       std::int64_t strip, const T* w, T* out) const;
    Part part_of(const PlannedSweep& planned, std::int64_t task) const;
    void find_positions(const PlannedSweep& planned, const Part& part, Positions& positions) const;
    void turn_source(const PlannedSweep& planned, const Part& part, const T* source, T* out) const;
    void run_strip(const PlannedSweep& planned, const Part& part, std::int64_t strip, const Positions& positions,
                   const Arguments& arguments) const;
    void store_cut(const PlannedSweep& planned, const Part& part, std::int64_t strip, const Positions& positions,
                   const Arguments& arguments) const;
    void multiply(const PlannedSweep& planned, const Positions& positions, const Arguments& arguments,
                  const Strip& strip) const;

    const ConvolutionProblem problem_;
    const cpu::Kernels<T>& kernels_;
    std::vector<PlannedSweep> sweeps_;
    std::int64_t weights_ = 0, tasks_ = 0, scratch_ = 0;
};

extern template class PhasePass<float>;
extern template class PhasePass<double>;

}  // namespace convnet::direct
