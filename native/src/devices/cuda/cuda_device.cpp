#include "devices/cuda/cuda_device.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "devices/cuda/cuda_plugin.hpp"
#include "devices/workspace_pool.hpp"
#include "diagnostics/log.hpp"
#include "geometry/error.hpp"

namespace convnet {
namespace {

using cuda::invoke;

CudaOptions checked(CudaOptions options) {
    require(options.workspace_limit_bytes >= 0, "workspace_limit_bytes", "workspace_limit_bytes is ",
            options.workspace_limit_bytes, "; it must be 0 (1 GiB) or more");
    require(options.memory_limit_bytes >= 0, "memory_limit_bytes", "memory_limit_bytes is ", options.memory_limit_bytes,
            "; it must be 0 (no limit) or more");
    const std::int64_t memory = cuda::device(options.index).memory_bytes;
    if (options.workspace_limit_bytes == 0) {
        options.workspace_limit_bytes = std::min(std::int64_t{1} << 30, memory / 8);
    }
    return options;
}

cn_cuda_tile to_plugin(const ColumnTile& tile) { return {tile.images, tile.first, tile.count}; }

cn_cuda_bias to_plugin(DataType type, const BiasExtents& e) {
    return {static_cast<std::int32_t>(type), 0, e.outer, e.channels, e.inner};
}

template <class Pointer>
cn_cuda_matrices to_plugin(const Matrices<Pointer>& m) {
    return {const_cast<void*>(static_cast<const void*>(m.data)), m.row_stride, m.image_stride, m.group_stride};
}

}  // namespace

namespace cuda {

cn_cuda_problem to_plugin(const ConvolutionProblem& p) {
    cn_cuda_problem result{};
    result.dtype = static_cast<std::int32_t>(p.type);
    result.layout = p.channels_last() ? CN_CUDA_CHANNELS_LAST : CN_CUDA_CHANNELS_FIRST;
    result.strict = p.accuracy == Accuracy::strict ? 1 : 0;
    result.spatial_axes = static_cast<std::int32_t>(p.axes.size());
    result.batch = p.batch;
    result.in_channels = p.in_channels;
    result.out_channels = p.out_channels;
    result.groups = p.groups;
    for (std::size_t i = 0; i < p.axes.size(); ++i) {
        result.in[i] = p.axes[i].in;
        result.out[i] = p.axes[i].out;
        result.kernel[i] = p.axes[i].kernel;
        result.stride[i] = p.axes[i].stride;
        result.pad[i] = p.axes[i].pad;
        result.dilation[i] = p.axes[i].dilation;
    }
    return result;
}

}  // namespace cuda

std::shared_ptr<CudaDevice> CudaDevice::open(const CudaOptions& options) {
    const CudaOptions full = checked(options);
    const cn_cuda_tables& tables = cuda::plugin();
    cn_cuda_device* handle = nullptr;
    invoke([&](cn_cuda_error* error) {
        return tables.devices->open(full.index, full.memory_limit_bytes, &handle, error);
    });
    std::shared_ptr<CudaDevice> device;
    try {
        device = std::make_shared<CudaDevice>(handle, tables, full);
    } catch (...) {
        tables.devices->close(handle);
        throw;
    }
    log::info("opened CUDA device ", full.index, ", ", cuda::device(full.index).name, ", with up to ",
              full.workspace_limit_bytes, " bytes of workspace");
    return device;
}

CudaDevice::CudaDevice(cn_cuda_device* handle, const cn_cuda_tables& tables, const CudaOptions& options)
    : Device(options.workspace_limit_bytes, options.memory_limit_bytes),
      handle_(handle),
      tables_(tables),
      options_(options) {}

CudaDevice::~CudaDevice() {
    release_workspace();
    tables_.cudnn->release_device(index());
    tables_.devices->close(handle_);
}

// Enough work for every multiprocessor in each product; more would only push other data out of the cache.
std::int64_t CudaDevice::preferred_column_bytes() const noexcept { return std::int64_t{256} << 20; }

void* CudaDevice::allocate_raw(std::int64_t bytes) noexcept {
    void* memory = nullptr;
    cn_cuda_error error;
    return tables_.devices->allocate(handle_, bytes, stream_, &memory, &error) == 0 ? memory : nullptr;
}

void CudaDevice::deallocate_raw(void* memory) noexcept {
    cn_cuda_error error;
    tables_.devices->deallocate(handle_, memory, stream_, &error);
}

void CudaDevice::set_zero(void* memory, std::int64_t bytes) {
    invoke([&](cn_cuda_error* error) { return tables_.devices->set_zero(handle_, memory, bytes, stream_, error); });
}

void CudaDevice::copy_from_host(void* destination, const void* source, std::int64_t bytes) {
    invoke([&](cn_cuda_error* error) {
        return tables_.devices->copy_from_host(handle_, destination, source, bytes, stream_, error);
    });
}

void CudaDevice::copy_to_host(void* destination, const void* source, std::int64_t bytes) {
    invoke([&](cn_cuda_error* error) {
        return tables_.devices->copy_to_host(handle_, destination, source, bytes, stream_, error);
    });
}

void CudaDevice::copy(void* destination, const void* source, std::int64_t bytes) {
    invoke([&](cn_cuda_error* error) {
        return tables_.devices->copy(handle_, destination, source, bytes, stream_, error);
    });
}

std::int64_t CudaDevice::trim() {
    const std::int64_t workspace_bytes = workspace().trim();
    std::int64_t freed = 0;  // the workspace included, which went to the pool first
    invoke([&](cn_cuda_error* error) { return tables_.devices->trim(handle_, &freed, error); });
    return std::max(freed, workspace_bytes);
}

void CudaDevice::gemm(const GemmArguments& g) {
    ++counters().gemm;
    cn_cuda_gemm gemm{};
    gemm.dtype = static_cast<std::int32_t>(g.type);
    gemm.transpose_a = g.transpose_a ? 1 : 0;
    gemm.transpose_b = g.transpose_b ? 1 : 0;
    gemm.sum_images = g.sum_images ? 1 : 0;
    gemm.accumulate = g.accumulate ? 1 : 0;
    gemm.tf32 = options_.tf32 && !g.strict ? 1 : 0;
    gemm.m = g.m;
    gemm.n = g.n;
    gemm.k = g.k;
    gemm.images = g.images;
    gemm.groups = g.groups;
    gemm.a = to_plugin(g.a);
    gemm.b = to_plugin(g.b);
    gemm.c = to_plugin(g.c);
    invoke([&](cn_cuda_error* error) { return tables_.operations->gemm(handle_, &gemm, stream_, error); });
}

void CudaDevice::im2col(const ConvolutionProblem& problem, const ColumnTile& tile, const void* x, void* columns) {
    ++counters().im2col;
    const cn_cuda_problem p = cuda::to_plugin(problem);
    const cn_cuda_tile t = to_plugin(tile);
    invoke(
        [&](cn_cuda_error* error) { return tables_.operations->im2col(handle_, &p, &t, x, columns, stream_, error); });
}

void CudaDevice::col2im(const ConvolutionProblem& problem, const ColumnTile& tile, const void* columns, void* x,
                        bool accumulate) {
    ++counters().col2im;
    const cn_cuda_problem p = cuda::to_plugin(problem);
    const cn_cuda_tile t = to_plugin(tile);
    invoke([&](cn_cuda_error* error) {
        return tables_.operations->col2im(handle_, &p, &t, columns, x, accumulate ? 1 : 0, stream_, error);
    });
}

void CudaDevice::add_bias(DataType type, const BiasExtents& extents, const void* x, const void* bias, double slope,
                          void* y) {
    const cn_cuda_bias e = to_plugin(type, extents);
    const cn_cuda_epilogue epilogue{bias, slope};
    invoke([&](cn_cuda_error* error) {
        return tables_.operations->add_bias(handle_, &e, x, &epilogue, y, stream_, error);
    });
}

// The number of parts, and with it the order in which they are added up, follows from the problem and the limit, not from
// how much a pool happens to lend.
template <class Function>
void CudaDevice::with_workspace_for_sums(DataType type, std::int64_t sums, std::int64_t terms,
                                         const Function& function) {
    constexpr std::int64_t most = std::int64_t{1} << 20, terms_of_a_part = 16;  // parts for all threads of a large GPU
    const std::int64_t size = type == DataType::float64 ? 8 : 4;
    const std::int64_t bytes = std::min({terms / terms_of_a_part * sums * size, most, workspace().limit_bytes()});
    const auto memory = workspace().lend(bytes);
    const cn_cuda_workspace lent{memory.data(), bytes};
    invoke([&](cn_cuda_error* error) { return function(&lent, error); });
}

void CudaDevice::sum_bias(DataType type, const BiasExtents& extents, const void* dy, void* gradient) {
    const cn_cuda_bias e = to_plugin(type, extents);
    const bool apart = extents.inner == 1;
    with_workspace_for_sums(type, extents.channels, apart ? extents.outer : 0,
                            [&](const cn_cuda_workspace* workspace, cn_cuda_error* error) {
                                return tables_.operations->sum_bias(handle_, &e, dy, gradient, workspace, stream_,
                                                                    error);
                            });
}

void CudaDevice::rectify_gradient(DataType type, std::int64_t count, const void* y, const void* dy, double slope,
                                  void* dx) {
    invoke([&](cn_cuda_error* error) {
        return tables_.operations->rectify_gradient(handle_, static_cast<std::int32_t>(type), count, y, dy, slope, dx,
                                                    stream_, error);
    });
}

void CudaDevice::depthwise_forward(const ConvolutionProblem& problem, const void* x, const void* w,
                                   const cn_cuda_epilogue& epilogue, void* y) {
    const cn_cuda_problem p = cuda::to_plugin(problem);
    invoke([&](cn_cuda_error* error) {
        return tables_.operations->depthwise_forward(handle_, &p, x, w, &epilogue, y, stream_, error);
    });
}

void CudaDevice::depthwise_backward_data(const ConvolutionProblem& problem, const void* dy, const void* w,
                                         const cn_cuda_epilogue& epilogue, void* dx) {
    const cn_cuda_problem p = cuda::to_plugin(problem);
    invoke([&](cn_cuda_error* error) {
        return tables_.operations->depthwise_backward_data(handle_, &p, dy, w, &epilogue, dx, stream_, error);
    });
}

void CudaDevice::depthwise_backward_filter(const ConvolutionProblem& problem, const void* x, const void* dy, void* dw) {
    const cn_cuda_problem p = cuda::to_plugin(problem);
    const bool apart = problem.channels_last();
    with_workspace_for_sums(
        problem.type, problem.out_channels * problem.taps(), apart ? problem.batch * problem.out_positions() : 0,
        [&](const cn_cuda_workspace* workspace, cn_cuda_error* error) {
            return tables_.operations->depthwise_backward_filter(handle_, &p, x, dy, dw, workspace, stream_, error);
        });
}

void CudaDevice::transpose(const cn_cuda_transpose& matrices, const void* source, void* target) {
    invoke([&](cn_cuda_error* error) {
        return tables_.operations->transpose(handle_, &matrices, source, target, stream_, error);
    });
}

void CudaDevice::set_stream(cn_cuda_stream stream) {
    if (stream != stream_) {
        invoke([&](cn_cuda_error* error) { return tables_.devices->stream_order(handle_, stream_, stream, error); });
        stream_ = stream;
    }
}

cn_cuda_stream CudaDevice::create_stream() {
    cn_cuda_stream stream = nullptr;
    invoke([&](cn_cuda_error* error) { return tables_.devices->stream_create(handle_, &stream, error); });
    return stream;
}

void CudaDevice::destroy_stream(cn_cuda_stream stream) {
    if (stream == stream_) {
        set_stream(nullptr);
    }
    tables_.cudnn->release_stream(index(), stream);
    invoke([&](cn_cuda_error* error) { return tables_.devices->stream_destroy(handle_, stream, error); });
}

void CudaDevice::synchronize() {
    invoke([&](cn_cuda_error* error) { return tables_.devices->stream_synchronize(handle_, stream_, error); });
}

void* CudaDevice::allocate_pinned(std::int64_t bytes) {
    require(bytes >= 1, "bytes", "bytes is ", bytes, "; it must be 1 or more");
    void* memory = nullptr;
    invoke([&](cn_cuda_error* error) { return tables_.devices->allocate_pinned(handle_, bytes, &memory, error); });
    return memory;
}

void CudaDevice::deallocate_pinned(void* memory) {
    invoke([&](cn_cuda_error* error) { return tables_.devices->deallocate_pinned(handle_, memory, error); });
}

cn_cuda_memory CudaDevice::memory() const {
    cn_cuda_memory memory{};
    invoke([&](cn_cuda_error* error) { return tables_.devices->memory(handle_, &memory, error); });
    return memory;
}

}  // namespace convnet
