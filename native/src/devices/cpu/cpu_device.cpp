#include "devices/cpu/cpu_device.hpp"

#include <cstring>
#include <new>

#include "devices/cpu/bias.hpp"
#include "devices/cpu/columns.hpp"
#include "devices/cpu/cores.hpp"
#include "devices/cpu/gemm.hpp"
#include "devices/cpu/kernels/instruction_set.hpp"
#include "diagnostics/log.hpp"
#include "geometry/error.hpp"

namespace convnet {
namespace {

constexpr int most_threads = 1024;
constexpr std::int64_t default_workspace_limit = std::int64_t{64} << 20;
constexpr std::align_val_t alignment{64};

}  // namespace

std::shared_ptr<CpuDevice> CpuDevice::open(const CpuOptions& options) {
    require(options.threads >= 0 && options.threads <= most_threads, "threads", "threads is ", options.threads,
            "; it must be from 1 to ", most_threads, ", or 0 for one per core");
    require(options.workspace_limit_bytes >= 0, "workspace_limit_bytes", "workspace_limit_bytes is ",
            options.workspace_limit_bytes, "; it must be 0 (64 MiB) or more");
    require(options.memory_limit_bytes >= 0, "memory_limit_bytes", "memory_limit_bytes is ", options.memory_limit_bytes,
            "; it must be 0 (no limit) or more");
    cpu::instruction_set();  // throws when the environment asks for one that is not there
    const int threads = options.threads == 0 ? cpu::cores() : options.threads;
    const std::int64_t workspace =
        options.workspace_limit_bytes == 0 ? default_workspace_limit : options.workspace_limit_bytes;
    auto device = std::make_shared<CpuDevice>(threads, workspace, options.memory_limit_bytes,
                                              options.autotune ? std::make_unique<Autotuner>() : nullptr);
    log::info("opened a CPU device with ", cpu::instruction_set(), " kernels, ", device->threads(),
              " threads and up to ", workspace, " bytes of workspace");
    return device;
}

CpuDevice::CpuDevice(int threads, std::int64_t workspace_limit_bytes, std::int64_t memory_limit_bytes,
                     std::unique_ptr<Autotuner> autotuner)
    : Device(workspace_limit_bytes, memory_limit_bytes), pool_(threads), autotuner_(std::move(autotuner)) {}

CpuDevice::~CpuDevice() { release_workspace(); }

const char* CpuDevice::instruction_set() const noexcept { return cpu::instruction_set(); }

// Several times the second-level cache, so that a tile's products are long, and within the third level.
std::int64_t CpuDevice::preferred_column_bytes() const noexcept { return std::int64_t{4} << 20; }

void* CpuDevice::allocate_raw(std::int64_t bytes) noexcept {
    return ::operator new(static_cast<std::size_t>(bytes), alignment, std::nothrow);
}

void CpuDevice::deallocate_raw(void* memory) noexcept { ::operator delete(memory, alignment); }

void CpuDevice::set_zero(void* memory, std::int64_t bytes) { std::memset(memory, 0, static_cast<std::size_t>(bytes)); }

void CpuDevice::copy_from_host(void* destination, const void* source, std::int64_t bytes) {
    std::memcpy(destination, source, static_cast<std::size_t>(bytes));
}

void CpuDevice::copy_to_host(void* destination, const void* source, std::int64_t bytes) {
    std::memcpy(destination, source, static_cast<std::size_t>(bytes));
}

void CpuDevice::copy(void* destination, const void* source, std::int64_t bytes) {
    std::memcpy(destination, source, static_cast<std::size_t>(bytes));
}

void CpuDevice::gemm(const GemmArguments& arguments) {
    ++counters().gemm;
    cpu::gemm(pool_, arguments);
}

std::int64_t CpuDevice::packed_b_bytes(const GemmArguments& arguments) const noexcept {
    return cpu::packed_b_bytes(arguments);
}

void CpuDevice::pack_b(const GemmArguments& arguments, void* packed) { cpu::pack_b(pool_, arguments, packed); }

void CpuDevice::im2col(const ConvolutionProblem& problem, const ColumnTile& tile, const void* x, void* columns) {
    ++counters().im2col;
    cpu::im2col(pool_, problem, tile, x, columns);
}

void CpuDevice::col2im(const ConvolutionProblem& problem, const ColumnTile& tile, const void* columns, void* x,
                       bool accumulate) {
    ++counters().col2im;
    cpu::col2im(pool_, problem, tile, columns, x, accumulate);
}

void CpuDevice::add_bias(DataType type, const BiasExtents& extents, const void* x, const void* bias, double slope,
                         void* y) {
    cpu::add_bias(pool_, type, extents, x, bias, slope, y);
}

void CpuDevice::sum_bias(DataType type, const BiasExtents& extents, const void* dy, void* gradient) {
    cpu::sum_bias(pool_, type, extents, dy, gradient);
}

void CpuDevice::rectify_gradient(DataType type, std::int64_t count, const void* y, const void* dy, double slope,
                                 void* dx) {
    cpu::rectify_gradient(pool_, type, count, y, dy, slope, dx);
}

}  // namespace convnet
