// Forward and backward data of 3x3 convolutions with stride 1 by Winograd's F(4x4, 3x3): 36 products for 16 outputs of a
// channel pair instead of 144. Its rounding errors are larger than those of plain sums, so it is for default accuracy.
#pragma once

#include <vector>

#include "devices/cpu/kernels/kernels.hpp"
#include "devices/cpu/kernels/winograd_kernels.hpp"
#include "engines/direct/pass.hpp"

namespace convnet::direct {

/// Whether the method applies to a problem, is allowed by its accuracy and fits the workspace.
bool can_take_winograd(const ConvolutionProblem& problem, WeightUse use, int lanes, std::int64_t workspace_limit_bytes);

/// Whether it also promises to be faster.
bool is_for_winograd(const ConvolutionProblem& problem, WeightUse use, int lanes, std::int64_t workspace_limit_bytes);

template <class T>
class WinogradPass final : public DataPass<T> {
public:
    WinogradPass(const ConvolutionProblem& problem, WeightUse use, std::int64_t workspace_limit_bytes);

    const char* algorithm() const noexcept override { return "winograd 4x4 3x3"; }
    std::int64_t workspace_elements(int threads) const noexcept override;
    std::int64_t prepared_elements() const noexcept override;
    void prepare(ThreadPool& pool, const T* w, T* prepared) const override;
    void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
             const TargetEpilogue<T>& epilogue) const override;

private:
    /// A row of tiles of one image, and where its tiles are within a chunk.
    struct TileRow {
        std::int64_t image, row, first;
    };

    TileRow tile_row(std::int64_t chunk, std::int64_t index) const;
    void transform_input(const TileRow& tiles, const T* channel, T* out, T* rows) const;
    void multiply(std::int64_t point, std::int64_t first, std::int64_t end, std::int64_t tiles, const T* prepared,
                  const T* in, T* out) const;
    void transform_output(const TileRow& tiles, const T* in, T bias, T slope, T* channel, T* rows) const;

    const WeightUse use_;
    const cpu::Kernels<T>& kernels_;
    const cpu::WinogradKernels<T>& transforms_;
    std::int64_t images_, channels_, target_channels_;
    std::int64_t slice_;                     // target channels whose products are in memory at a time
    Axis vertical_, horizontal_;             // of the convolution from source to target
    std::int64_t tile_rows_, tiles_across_;  // of an image
    std::int64_t chunk_rows_;                // tile rows that are transformed and multiplied at a time
    std::int64_t tile_stride_;               // room for the tiles of a chunk
    std::int64_t row_length_, scratch_;      // of the rows that a thread brings in and out
};

extern template class WinogradPass<float>;
extern template class WinogradPass<double>;

}  // namespace convnet::direct
