// A device: memory, copies, and the few operations that the im2col + GEMM engine is written over.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "devices/gemm_arguments.hpp"
#include "diagnostics/live.hpp"
#include "geometry/convolution_problem.hpp"

namespace convnet {

class WorkspacePool;

enum class DeviceType : std::int32_t { cpu = 1, cuda = 2 };

/// A part of the column matrix of a problem: output positions [first, first + count) of `images` images. The columns
/// are stored as [images, in_channels, taps, count].
struct ColumnTile {
    std::int64_t images = 1;
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// A tensor seen as [outer, channels, inner] with one bias per channel.
struct BiasExtents {
    std::int64_t outer = 1, channels = 1, inner = 1;
};

/// Those of `batch` images with a bias for each channel.
inline BiasExtents bias_extents(TensorLayout layout, std::int64_t batch, std::int64_t channels,
                                std::int64_t positions) {
    return layout == TensorLayout::channels_last ? BiasExtents{batch * positions, channels, 1}
                                                 : BiasExtents{batch, channels, positions};
}

/// How often the column operations ran.
struct DeviceCounters {
    std::atomic<std::int64_t> im2col{0}, col2im{0}, gemm{0};
};

class Device {
public:
    Device(std::int64_t workspace_limit_bytes, std::int64_t memory_limit_bytes);
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    virtual ~Device();

    virtual DeviceType type() const noexcept = 0;
    virtual int index() const noexcept = 0;
    virtual int threads() const noexcept = 0;

    /// Name of the instruction set of CPU kernels, else "".
    virtual const char* instruction_set() const noexcept { return ""; }

    /// Whether memory of `other` is as its own to it: that of all CPU devices is the process's.
    bool has_memory_of(const Device& other) const noexcept {
        return this == &other || (type() == DeviceType::cpu && other.type() == DeviceType::cpu);
    }

    /// Whether plans follow from the problem and the limit of workspace alone, the same for all such devices.
    virtual bool plans_alike() const noexcept { return false; }

    /// Whether it has arithmetic of a type; memory of every type it has.
    virtual bool computes(DataType type) const noexcept = 0;

    /// Bytes of columns that one tile should have: enough to keep the device busy, few enough to stay near it.
    virtual std::int64_t preferred_column_bytes() const noexcept = 0;

    /// Memory aligned to 64 bytes, not initialised. Throws out_of_memory, also when the device's byte limit is reached.
    void* allocate(std::int64_t bytes);
    void deallocate(void* memory, std::int64_t bytes) noexcept;

    /// Waits until all work that was queued is done.
    virtual void synchronize() {}

    /// Gives cached memory that is not in use back to the system, and returns how many bytes that was.
    virtual std::int64_t trim();

    virtual void set_zero(void* memory, std::int64_t bytes) = 0;
    virtual void copy_from_host(void* destination, const void* source, std::int64_t bytes) = 0;
    virtual void copy_to_host(void* destination, const void* source, std::int64_t bytes) = 0;
    virtual void copy(void* destination, const void* source, std::int64_t bytes) = 0;  ///< Within the device.

    /// C = op(A) op(B) for a batch of matrices.
    virtual void gemm(const GemmArguments& arguments) = 0;

    /// Bytes of B, which is of many products, in the order in which gemm() reads it fastest; 0 where that is its own.
    virtual std::int64_t packed_b_bytes(const GemmArguments&) const noexcept { return 0; }

    /// Brings B into that order.
    virtual void pack_b(const GemmArguments&, void* /*packed*/) {}

    /// Gathers the columns of a tile; `x` is the first of its images.
    virtual void im2col(const ConvolutionProblem& problem, const ColumnTile& tile, const void* x, void* columns) = 0;

    /// Sums the columns of a tile back into the images `x`: into what is there when `accumulate`, else into zeros.
    virtual void col2im(const ConvolutionProblem& problem, const ColumnTile& tile, const void* columns, void* x,
                        bool accumulate) = 0;

    /// y = rectified(x + bias), as geometry/rectifier.hpp says; a slope of 1 leaves it. `bias` may be null, and `x` and
    /// `y` the same memory.
    virtual void add_bias(DataType type, const BiasExtents& extents, const void* x, const void* bias, double slope,
                          void* y) = 0;

    /// gradient += the sum of `dy` over outer and inner, in a fixed order.
    virtual void sum_bias(DataType type, const BiasExtents& extents, const void* dy, void* gradient) = 0;

    /// dx = the gradient of what a rectifier of this slope made `y` of, from the gradient of `y`.
    virtual void rectify_gradient(DataType type, std::int64_t count, const void* y, const void* dy, double slope,
                                  void* dx) = 0;

    WorkspacePool& workspace() noexcept { return *workspace_; }
    DeviceCounters& counters() noexcept { return counters_; }
    std::int64_t memory_bytes() const noexcept { return memory_bytes_; }
    std::int64_t memory_limit_bytes() const noexcept { return memory_limit_bytes_; }

protected:
    /// Null when there is no memory.
    virtual void* allocate_raw(std::int64_t bytes) noexcept = 0;
    virtual void deallocate_raw(void* memory) noexcept = 0;

    /// Gives cached workspace back while the derived device can still free it; every destructor calls it.
    void release_workspace() noexcept;

private:
    void* try_allocate(std::int64_t bytes) noexcept;

    live::Counted<live::devices> counted_;
    std::int64_t memory_limit_bytes_;
    std::atomic<std::int64_t> memory_bytes_{0};
    DeviceCounters counters_;
    std::unique_ptr<WorkspacePool> workspace_;
};

}  // namespace convnet
