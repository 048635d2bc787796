// The CPU as a device.
#pragma once

#include <memory>

#include "devices/cpu/autotuner.hpp"
#include "devices/cpu/thread_pool.hpp"
#include "devices/device.hpp"

namespace convnet {

struct CpuOptions {
    int threads = 0;                         ///< 0: one per core this process may use.
    std::int64_t workspace_limit_bytes = 0;  ///< 0: 64 MiB.
    std::int64_t memory_limit_bytes = 0;     ///< 0: no limit.
    bool autotune = false;                   ///< Time the ways to compute a pass, once a problem.
};

class CpuDevice final : public Device {
public:
    /// Checks the options.
    static std::shared_ptr<CpuDevice> open(const CpuOptions& options);

    /// `autotuner` is null where costs are estimated only.
    CpuDevice(int threads, std::int64_t workspace_limit_bytes, std::int64_t memory_limit_bytes,
              std::unique_ptr<Autotuner> autotuner = nullptr);
    ~CpuDevice() override;

    DeviceType type() const noexcept override { return DeviceType::cpu; }
    int index() const noexcept override { return 0; }
    int threads() const noexcept override { return pool_.threads(); }
    const char* instruction_set() const noexcept override;
    bool plans_alike() const noexcept override { return autotuner_ == nullptr; }
    bool computes(DataType type) const noexcept override { return !is_half(type); }
    std::int64_t preferred_column_bytes() const noexcept override;

    void set_zero(void* memory, std::int64_t bytes) override;
    void copy_to_host(void* destination, const void* source, std::int64_t bytes) override;
    void copy_from_host(void* destination, const void* source, std::int64_t bytes) override;
    void copy(void* destination, const void* source, std::int64_t bytes) override;

    void gemm(const GemmArguments& arguments) override;
    std::int64_t packed_b_bytes(const GemmArguments& arguments) const noexcept override;
    void pack_b(const GemmArguments& arguments, void* packed) override;
    void im2col(const ConvolutionProblem& problem, const ColumnTile& tile, const void* x, void* columns) override;
    void col2im(const ConvolutionProblem& problem, const ColumnTile& tile, const void* columns, void* x,
                bool accumulate) override;
    void add_bias(DataType type, const BiasExtents& extents, const void* x, const void* bias, double slope,
                  void* y) override;
    void sum_bias(DataType type, const BiasExtents& extents, const void* dy, void* gradient) override;
    void rectify_gradient(DataType type, std::int64_t count, const void* y, const void* dy, double slope,
                          void* dx) override;

    /// For engines that are for the CPU alone.
    ThreadPool& pool() noexcept { return pool_; }

    /// Null unless ways to compute are to be timed.
    Autotuner* autotuner() noexcept { return autotuner_.get(); }

protected:
    void* allocate_raw(std::int64_t bytes) noexcept override;
    void deallocate_raw(void* memory) noexcept override;

private:
    ThreadPool pool_;
    const std::unique_ptr<Autotuner> autotuner_;
};

}  // namespace convnet
