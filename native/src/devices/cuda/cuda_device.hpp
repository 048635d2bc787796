// An NVIDIA GPU as a device, over the tables of the plug-in.
#pragma once

#include <atomic>
#include <memory>

#include "devices/device.hpp"
#include "plugin/cuda_api.h"

namespace convnet {

struct CudaOptions {
    int index = 0;                           ///< Which device, from 0.
    std::int64_t workspace_limit_bytes = 0;  ///< 0: 1 GiB, or an eighth of the device's memory where that is less.
    std::int64_t memory_limit_bytes = 0;     ///< 0: no limit.
    bool deterministic = false;              ///< Only algorithms that give the same bits every time.
    bool tf32 = false;                       ///< Float32 products may be rounded to TF32.
    bool autotune = false;                   ///< Time the algorithms of cuDNN, once a shape.
};

class CudaDevice final : public Device {
public:
    /// Checks the options, loads the plug-in and opens the device.
    static std::shared_ptr<CudaDevice> open(const CudaOptions& options);

    CudaDevice(cn_cuda_device* handle, const cn_cuda_tables& tables, const CudaOptions& options);
    ~CudaDevice() override;

    DeviceType type() const noexcept override { return DeviceType::cuda; }
    int index() const noexcept override { return options_.index; }
    int threads() const noexcept override { return 1; }
    std::int64_t preferred_column_bytes() const noexcept override;
    bool computes(DataType) const noexcept override { return true; }

    void set_zero(void* memory, std::int64_t bytes) override;
    void copy_from_host(void* destination, const void* source, std::int64_t bytes) override;
    void copy_to_host(void* destination, const void* source, std::int64_t bytes) override;
    void copy(void* destination, const void* source, std::int64_t bytes) override;
    void synchronize() override;  ///< Of the present stream.
    std::int64_t trim() override;

    void gemm(const GemmArguments& arguments) override;
    void im2col(const ConvolutionProblem& problem, const ColumnTile& tile, const void* x, void* columns) override;
    void col2im(const ConvolutionProblem& problem, const ColumnTile& tile, const void* columns, void* x,
                bool accumulate) override;
    void add_bias(DataType type, const BiasExtents& extents, const void* x, const void* bias, double slope,
                  void* y) override;
    void sum_bias(DataType type, const BiasExtents& extents, const void* dy, void* gradient) override;
    void rectify_gradient(DataType type, std::int64_t count, const void* y, const void* dy, double slope,
                          void* dx) override;

    /// As the plug-in says of them.
    void depthwise_forward(const ConvolutionProblem& problem, const void* x, const void* w,
                           const cn_cuda_epilogue& epilogue, void* y);
    void depthwise_backward_data(const ConvolutionProblem& problem, const void* dy, const void* w,
                                 const cn_cuda_epilogue& epilogue, void* dx);
    void depthwise_backward_filter(const ConvolutionProblem& problem, const void* x, const void* dy, void* dw);
    void transpose(const cn_cuda_transpose& matrices, const void* source, void* target);

    const CudaOptions& options() const noexcept { return options_; }
    const cn_cuda_tables& tables() const noexcept { return tables_; }

    /// Where work is queued: the device's legacy default stream until another is set.
    cn_cuda_stream stream() const noexcept { return stream_; }

    /// Later work is queued on `stream`, after what is queued on the present one now. Not while layers compute.
    void set_stream(cn_cuda_stream stream);
    cn_cuda_stream create_stream();

    /// When it is the present one, the legacy default stream takes its place.
    void destroy_stream(cn_cuda_stream stream);

    void* allocate_pinned(std::int64_t bytes);
    void deallocate_pinned(void* memory);

    cn_cuda_memory memory() const;

private:
    /// Calls function(workspace, error) of the plug-in with memory for parts of `sums` sums of `terms` terms each, as many
    /// as are worth it.
    template <class Function>
    void with_workspace_for_sums(DataType type, std::int64_t sums, std::int64_t terms, const Function& function);

    void* allocate_raw(std::int64_t bytes) noexcept override;
    void deallocate_raw(void* memory) noexcept override;

    cn_cuda_device* const handle_;
    const cn_cuda_tables& tables_;
    const CudaOptions options_;
    std::atomic<cn_cuda_stream> stream_{nullptr};
};

namespace cuda {

/// A problem as the plug-in is told it.
cn_cuda_problem to_plugin(const ConvolutionProblem& problem);

}  // namespace cuda
}  // namespace convnet
