// A plug-in that computes on the CPU what a CUDA device would: the same bodies of kernels in plain loops, and memory that
// the host cannot touch. With it everything but the CUDA sources themselves is tested where there is no GPU.
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "emulation/cudnn.hpp"
#include "emulation/memory.hpp"
#include "engines/cudnn/table.hpp"
#include "plugin/cuda/driver.hpp"
#include "plugin/gemm_batches.hpp"
#include "plugin/guard.hpp"
#include "plugin/kernels/bias.hpp"
#include "plugin/kernels/columns.hpp"
#include "plugin/kernels/depthwise.hpp"
#include "plugin/kernels/transpose.hpp"

using namespace convnet;
using emulation::memory;
using plugin::guard;

struct cn_cuda_device {
    std::set<void*> pinned;
    std::set<void*> streams;
};

namespace {

constexpr int runtime_version = 12040;

/// What tests ask for by an environment variable: "no-driver", "old-driver", "no-device", "other-version", or
/// nothing.
std::string scenario() {
    const char* const asked = std::getenv("CONVNET_EMULATED_CUDA");
    return asked != nullptr ? asked : "";
}

struct Loop {
    template <class Index, class Body>
    void operator()(Index count, const Body& body) const {
        for (Index i = 0; i < count; ++i) {
            body(i);
        }
    }

    /// As a block of threads adds up: each thread its part, then halves to halves.
    template <class Index, class Body>
    void sum(Index count, const Body& body) const {
        using Sum = decltype(body.part(Index{}, 0, 1));
        for (Index i = 0; i < count; ++i) {
            Sum parts[kernels::sum_threads];
            for (int thread = 0; thread < kernels::sum_threads; ++thread) {
                parts[thread] = body.part(i, thread, kernels::sum_threads);
            }
            for (int half = kernels::sum_threads / 2; half > 0; half /= 2) {
                for (int thread = 0; thread < half; ++thread) {
                    parts[thread] += parts[thread + half];
                }
            }
            body.finish(i, parts[0]);
        }
    }
};

std::int64_t bytes_of(std::int32_t dtype, std::int64_t count) {
    return count * static_cast<std::int64_t>(size_of(static_cast<DataType>(dtype)));
}

void check_stream(const cn_cuda_device* device, cn_cuda_stream stream) {
    if (stream != nullptr && !device->streams.contains(stream)) {
        throw Error(Status::device_error, "", "the stream does not exist");
    }
}

std::int32_t count(std::int32_t* count, cn_cuda_error* error) {
    return guard(error, [&] {
        const std::string asked = scenario();
        if (asked == "no-driver" || asked == "old-driver") {
            throw Error(Status::unsupported, "",
                        plugin::explain_no_driver(asked == "no-driver" ? 0 : 11040, runtime_version,
                                                  "CUDA driver version is insufficient for CUDA runtime version"));
        }
        *count = asked == "no-device" ? 0 : 1;
    });
}

std::int32_t properties(std::int32_t, cn_cuda_properties* properties, cn_cuda_error* error) {
    return guard(error, [&] {
        *properties = {};
        std::strcpy(properties->name, "Emulated GPU");
        properties->memory_bytes = memory().size();
        properties->capability_major = 9;
        properties->multiprocessors = 1;
        properties->driver_version = properties->runtime_version = runtime_version;
    });
}

std::int32_t open(std::int32_t, std::int64_t, cn_cuda_device** device, cn_cuda_error* error) {
    return guard(error, [&] { *device = new cn_cuda_device; });
}

void close(cn_cuda_device* device) { delete device; }

std::int32_t allocate(cn_cuda_device* device, std::int64_t bytes, cn_cuda_stream stream, void** allocated,
                      cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        *allocated = memory().allocate(bytes);
        if (*allocated == nullptr) {
            throw Error(Status::out_of_memory, "", "the emulated device has no more memory");
        }
    });
}

std::int32_t deallocate(cn_cuda_device* device, void* allocated, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        memory().deallocate(allocated);
    });
}

std::int32_t trim(cn_cuda_device*, std::int64_t* freed_bytes, cn_cuda_error*) {
    *freed_bytes = 0;
    return 0;
}

std::int32_t get_memory(cn_cuda_device*, cn_cuda_memory* result, cn_cuda_error* error) {
    return guard(error, [&] {
        const std::int64_t used = memory().used_bytes();
        *result = {used, used, memory().size() - used, memory().size()};
    });
}

std::int32_t allocate_pinned(cn_cuda_device* device, std::int64_t bytes, void** allocated, cn_cuda_error* error) {
    return guard(error, [&] {
        *allocated = std::malloc(static_cast<std::size_t>(bytes));
        device->pinned.insert(*allocated);
    });
}

std::int32_t deallocate_pinned(cn_cuda_device* device, void* allocated, cn_cuda_error* error) {
    return guard(error, [&] {
        if (device->pinned.erase(allocated) == 0) {
            throw Error(Status::device_error, "", "memory was freed that was not pinned");
        }
        std::free(allocated);
    });
}

std::int32_t set_zero(cn_cuda_device* device, void* target, std::int64_t bytes, cn_cuda_stream stream,
                      cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        std::memset(memory().open(target, bytes), 0, static_cast<std::size_t>(bytes));
    });
}

std::int32_t copy(cn_cuda_device* device, void* destination, const void* source, std::int64_t bytes,
                  cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        std::memmove(memory().open(destination, bytes), memory().open(source, bytes), static_cast<std::size_t>(bytes));
    });
}

std::int32_t copy_from_host(cn_cuda_device* device, void* destination, const void* source, std::int64_t bytes,
                            cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        std::memcpy(memory().open(destination, bytes), source, static_cast<std::size_t>(bytes));
    });
}

std::int32_t copy_to_host(cn_cuda_device* device, void* destination, const void* source, std::int64_t bytes,
                          cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        std::memcpy(destination, memory().open(source, bytes), static_cast<std::size_t>(bytes));
    });
}

std::int32_t stream_create(cn_cuda_device* device, cn_cuda_stream* stream, cn_cuda_error* error) {
    return guard(error, [&] {
        *stream = new int;
        device->streams.insert(*stream);
    });
}

std::int32_t stream_destroy(cn_cuda_device* device, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        device->streams.erase(stream);
        delete static_cast<int*>(stream);
    });
}

std::int32_t stream_synchronize(cn_cuda_device* device, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] { check_stream(device, stream); });
}

std::int32_t stream_order(cn_cuda_device* device, cn_cuda_stream earlier, cn_cuda_stream later, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, earlier);
        check_stream(device, later);
    });
}

template <class T>
void multiply(const cn_cuda_gemm& g, const plugin::GemmBatch& batch) {
    using Sum = kernels::Accumulator<T>;
    const auto extent = [](std::int64_t rows, std::int64_t columns, std::int64_t stride, std::int64_t matrices,
                           std::int64_t distance) {
        return static_cast<std::int64_t>(sizeof(T)) * ((matrices - 1) * distance + (rows - 1) * stride + columns);
    };
    const std::int64_t a_rows = g.transpose_a != 0 ? g.k : g.m, b_rows = g.transpose_b != 0 ? g.n : g.k;
    const auto* const a = static_cast<const T*>(
        memory().open(batch.a, extent(a_rows, g.m + g.k - a_rows, g.a.row_stride, batch.count, batch.a_stride)));
    const auto* const b = static_cast<const T*>(
        memory().open(batch.b, extent(b_rows, g.k + g.n - b_rows, g.b.row_stride, batch.count, batch.b_stride)));
    auto* const c =
        static_cast<T*>(memory().open(batch.c, extent(g.m, g.n, g.c.row_stride, batch.count, batch.c_stride)));
    for (std::int64_t matrix = 0; matrix < batch.count; ++matrix) {
        for (std::int64_t row = 0; row < g.m; ++row) {
            for (std::int64_t column = 0; column < g.n; ++column) {
                T& target = c[matrix * batch.c_stride + row * g.c.row_stride + column];
                Sum sum = batch.accumulate ? static_cast<Sum>(target) : Sum{0};
                for (std::int64_t k = 0; k < g.k; ++k) {
                    const T left = a[matrix * batch.a_stride +
                                     (g.transpose_a != 0 ? k * g.a.row_stride + row : row * g.a.row_stride + k)];
                    const T right = b[matrix * batch.b_stride +
                                      (g.transpose_b != 0 ? column * g.b.row_stride + k : k * g.b.row_stride + column)];
                    sum += static_cast<Sum>(left) * static_cast<Sum>(right);
                }
                target = static_cast<T>(sum);
            }
        }
    }
}

std::int32_t gemm(cn_cuda_device* device, const cn_cuda_gemm* gemm, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        kernels::with_device_type(gemm->dtype, [&]<class T>(T) {
            plugin::for_each_batch(*gemm, [&](const plugin::GemmBatch& batch) { multiply<T>(*gemm, batch); });
        });
    });
}

struct ColumnBytes {
    ColumnBytes(const cn_cuda_problem& p, const cn_cuda_tile& tile)
        : x(bytes_of(p.dtype, tile.images * p.in_channels * kernels::product(p.in, p.spatial_axes))),
          columns(bytes_of(p.dtype,
                           tile.images * p.in_channels * kernels::product(p.kernel, p.spatial_axes) * tile.count)) {}

    std::int64_t x, columns;
};

std::int32_t im2col(cn_cuda_device* device, const cn_cuda_problem* problem, const cn_cuda_tile* tile, const void* x,
                    void* columns, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const ColumnBytes bytes(*problem, *tile);
        kernels::im2col(Loop{}, *problem, *tile, memory().open(x, bytes.x), memory().open(columns, bytes.columns));
    });
}

std::int32_t col2im(cn_cuda_device* device, const cn_cuda_problem* problem, const cn_cuda_tile* tile,
                    const void* columns, void* x, std::int32_t accumulate, cn_cuda_stream stream,
                    cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const ColumnBytes bytes(*problem, *tile);
        kernels::col2im(Loop{}, *problem, *tile, memory().open(columns, bytes.columns), memory().open(x, bytes.x),
                        accumulate != 0);
    });
}

/// The epilogue with its bias, one value for each of `channels` channels, opened.
cn_cuda_epilogue opened(const cn_cuda_epilogue& epilogue, std::int32_t dtype, std::int64_t channels) {
    const bool any = epilogue.bias != nullptr;
    return {any ? memory().open(epilogue.bias, bytes_of(dtype, channels)) : nullptr, epilogue.slope};
}

std::int32_t add_bias(cn_cuda_device* device, const cn_cuda_bias* e, const void* x, const cn_cuda_epilogue* epilogue,
                      void* y, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const std::int64_t bytes = bytes_of(e->dtype, e->outer * e->channels * e->inner);
        kernels::add_bias(Loop{}, *e, memory().open(x, bytes), opened(*epilogue, e->dtype, e->channels),
                          memory().open(y, bytes));
    });
}

cn_cuda_workspace open_workspace(const cn_cuda_workspace* workspace) {
    return {workspace->data != nullptr ? memory().open(workspace->data, workspace->bytes) : nullptr, workspace->bytes};
}

std::int32_t sum_bias(cn_cuda_device* device, const cn_cuda_bias* e, const void* dy, void* gradient,
                      const cn_cuda_workspace* workspace, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        kernels::sum_bias(Loop{}, *e, memory().open(dy, bytes_of(e->dtype, e->outer * e->channels * e->inner)),
                          memory().open(gradient, bytes_of(e->dtype, e->channels)), open_workspace(workspace));
    });
}

std::int32_t rectify_gradient(cn_cuda_device* device, std::int32_t dtype, std::int64_t count, const void* y,
                              const void* dy, double slope, void* dx, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const std::int64_t bytes = bytes_of(dtype, count);
        kernels::rectify_gradient(Loop{}, dtype, count, memory().open(y, bytes), memory().open(dy, bytes), slope,
                                  memory().open(dx, bytes));
    });
}

struct DepthwiseTensors {
    explicit DepthwiseTensors(const cn_cuda_problem& p)
        : x(bytes_of(p.dtype, p.batch * p.in_channels * kernels::product(p.in, p.spatial_axes))),
          y(bytes_of(p.dtype, p.batch * p.out_channels * kernels::product(p.out, p.spatial_axes))),
          w(bytes_of(p.dtype, p.out_channels * kernels::product(p.kernel, p.spatial_axes))) {}

    std::int64_t x, y, w;
};

std::int32_t depthwise_forward(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x, const void* w,
                               const cn_cuda_epilogue* epilogue, void* y, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const DepthwiseTensors bytes(*problem);
        kernels::depthwise_forward(Loop{}, *problem, memory().open(x, bytes.x), memory().open(w, bytes.w),
                                   opened(*epilogue, problem->dtype, problem->out_channels), memory().open(y, bytes.y));
    });
}

std::int32_t depthwise_backward_data(cn_cuda_device* device, const cn_cuda_problem* problem, const void* dy,
                                     const void* w, const cn_cuda_epilogue* epilogue, void* dx, cn_cuda_stream stream,
                                     cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const DepthwiseTensors bytes(*problem);
        kernels::depthwise_backward_data(Loop{}, *problem, memory().open(dy, bytes.y), memory().open(w, bytes.w),
                                         opened(*epilogue, problem->dtype, problem->out_channels),
                                         memory().open(dx, bytes.x));
    });
}

std::int32_t depthwise_backward_filter(cn_cuda_device* device, const cn_cuda_problem* problem, const void* x,
                                       const void* dy, void* dw, const cn_cuda_workspace* workspace,
                                       cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const DepthwiseTensors bytes(*problem);
        kernels::depthwise_backward_filter(Loop{}, *problem, memory().open(x, bytes.x), memory().open(dy, bytes.y),
                                           memory().open(dw, bytes.w), open_workspace(workspace));
    });
}

std::int32_t transpose(cn_cuda_device* device, const cn_cuda_transpose* transpose, const void* source, void* target,
                       cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        check_stream(device, stream);
        const std::int64_t bytes =
            bytes_of(transpose->dtype, transpose->matrices * transpose->rows * transpose->columns);
        kernels::transpose(Loop{}, *transpose, memory().open(source, bytes), memory().open(target, bytes));
    });
}

const cn_cuda_device_table device_table{
    .count = count,
    .properties = properties,
    .open = open,
    .close = close,
    .allocate = allocate,
    .deallocate = deallocate,
    .trim = trim,
    .memory = get_memory,
    .allocate_pinned = allocate_pinned,
    .deallocate_pinned = deallocate_pinned,
    .set_zero = set_zero,
    .copy = copy,
    .copy_from_host = copy_from_host,
    .copy_to_host = copy_to_host,
    .stream_create = stream_create,
    .stream_destroy = stream_destroy,
    .stream_synchronize = stream_synchronize,
    .stream_order = stream_order,
};

const cn_cuda_operation_table operation_table{
    .gemm = gemm,
    .im2col = im2col,
    .col2im = col2im,
    .add_bias = add_bias,
    .sum_bias = sum_bias,
    .rectify_gradient = rectify_gradient,
    .depthwise_forward = depthwise_forward,
    .depthwise_backward_data = depthwise_backward_data,
    .depthwise_backward_filter = depthwise_backward_filter,
    .transpose = transpose,
};

const cn_cuda_tables tables{CN_CUDA_API_VERSION, runtime_version, &device_table, &operation_table, &cudnn::table()};

}  // namespace

extern "C" __attribute__((visibility("default"))) std::int32_t convnet_cuda_exchange(std::uint32_t version,
                                                                                     const cn_cuda_host*,
                                                                                     const cn_cuda_tables** result,
                                                                                     cn_cuda_error* error) {
    return guard(error, [&] {
        emulation::install_cudnn();
        plugin::check_version(version, scenario() == "other-version" ? version + 1 : CN_CUDA_API_VERSION);
        *result = &tables;
    });
}
