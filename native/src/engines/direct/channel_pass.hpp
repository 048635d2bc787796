// Forward and backward data with output channels as the columns of the product and positions as its rows: where a line
// of positions fills vectors badly, or where strided windows would have to be split first. Windows are read where they
// are in a copy of the source with zeros around it, whose lines lie in turns, one of each channel: [line][channel][column].
// So the lines of a window are equally far apart, whatever the channel and the tap.
#pragma once

#include <span>

#include "devices/cpu/kernels/kernels.hpp"
#include "engines/direct/channel_blocks.hpp"
#include "engines/direct/pass.hpp"

namespace convnet::direct {

template <class T>
class ChannelPass final : public DataPass<T> {
public:
    ChannelPass(const ConvolutionProblem& problem, WeightUse use);

    const char* algorithm() const noexcept override { return "channel vectors"; }
    std::int64_t workspace_elements(int threads) const noexcept override {
        return elements_of_parts(threads, scratch_);
    }
    std::int64_t prepared_elements() const noexcept override;
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    /// What a task computes: panels of channels for rows of positions of one group of an image.
    struct Part {
        std::int64_t band;  ///< Counted over images and groups: tasks of one band read the same copy of the source.
        std::int64_t image, group, first_row, rows, first_panel, end_panel;
    };

    struct Results {
        T* sums;  ///< [position][channel of the task], rows `stride` apart.
        std::int64_t stride;
        T* target;  ///< Where those of the first position and channel of the group go.
    };

    Part part_of(std::int64_t task) const;
    std::int64_t panel_vectors(std::int64_t panel) const;
    std::int64_t panel_offset(std::int64_t group, std::int64_t panel) const;
    void pack(const T* filters, std::int64_t first_channel, std::int64_t channels, std::int64_t width, T* packed) const;
    void copy_source(const Part& part, const T* source, T* copy) const;
    void multiply(const Part& part, const T* copy, const T* prepared, const TargetEpilogue<T>& epilogue,
                  const Results& results) const;
    void multiply_panel(const Part& part, std::int64_t panel, std::int64_t line, std::span<const T* const> windows,
                        const T* prepared, const TargetEpilogue<T>& epilogue, const Results& results) const;

    const ConvolutionProblem problem_;
    const WeightUse use_;
    const cpu::Kernels<T>& kernels_;
    const Sweep sweep_;
    const ChannelBlocks blocks_;
    const std::int64_t scratch_;
};

extern template class ChannelPass<float>;
extern template class ChannelPass<double>;

}  // namespace convnet::direct
