// Forward and backward data as products with positions as rows and output channels as columns, for windows that do not
// overlap. Single elements are read where they are in the source, eight positions side by side in one tile, so that no
// vector ends beside a line; other windows are gathered. Results are turned a few at a time, when they are done.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/pass.hpp"
#include "engines/direct/product_blocks.hpp"

namespace convnet::direct {

template <class T>
class ProductPass final : public DataPass<T> {
public:
    /// The first of the sweeps is one that ProductBlocks can take, the others have no taps.
    ProductPass(const ConvolutionProblem& problem, WeightUse use, const std::vector<Sweep>& sweeps);

    const char* algorithm() const noexcept override { return "channel vectors"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, blocks_.scratch_elements());
    }
    std::int64_t prepared_elements() const noexcept override;
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    /// What a task computes: panels of columns for positions of one group of an image.
    struct Part {
        std::int64_t image, group, first, count, first_panel, end_panel;
    };
    struct Scratch {
        T *columns, *weights, *sums, *turned;
    };
    struct Arguments {
        const T* source;
        const T* weights;
        T* target;
        TargetEpilogue<T> epilogue;
    };
    /// A block of source channels, and the product's other side.
    struct Block {
        std::int64_t channel, depth;
        const T* columns;
        const T* ahead;  ///< What is fetched meanwhile, unless null: the columns that come next.
        bool last;
    };

    Part part_of(std::int64_t task) const;
    const T* plane_of(const Part& part, std::int64_t channel, const T* source) const;
    void run_part(const Part& part, const Part& next, const Arguments& arguments, const Scratch& scratch) const;
    void multiply_panel(const Part& part, std::int64_t panel, const Block& block, const Arguments& arguments,
                        const Scratch& scratch) const;
    void fill_gaps(const Part& part, std::int64_t row, std::int64_t end_row, const Arguments& arguments) const;

    const ConvolutionProblem problem_;
    const WeightUse use_;
    const cpu::Kernels<T>& kernels_;
    const Sweep sweep_;
    const ProductBlocks blocks_;
    const bool is_matrix_;  // whether the weights lie in memory as [channel][column], so that they need not be prepared
    const bool leaves_gaps_;  // between strided results, for which there are no products
};

extern template class ProductPass<float>;
extern template class ProductPass<double>;

}  // namespace convnet::direct
