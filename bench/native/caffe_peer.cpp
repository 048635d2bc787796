// Caffe's algorithm: for each image, all its columns written down, and one product of OpenBLAS per group. As in Caffe,
// only the product uses more than one thread, and a 1x1 convolution needs no columns.
#include <cstddef>
#include <new>
#include <vector>

#include "caffe_columns.hpp"
#include "openblas.hpp"
#include "problem.hpp"

namespace bench {
namespace {

/**
 * Both layers are one convolution between a small side, a position per window, and a large side, which the windows
 * look at: a convolution goes from large to small, a deconvolution from small to large.
 */
class CaffePeer {
public:
    CaffePeer(const Problem& p, Pass pass, const Tensors& tensors) : problem_(p), pass_(pass), tensors_(tensors) {
        if (p.transposed != 0) {
            windows_ = {p.outputs, p.out_height, p.out_width, p.height, p.width, p.kernel, p.stride, p.pad, p.dilation};
            small_channels_ = p.channels;
            large_ = tensors.top;
            small_ = tensors.bottom;
        } else {
            windows_ = {p.channels, p.height, p.width, p.out_height, p.out_width,
                        p.kernel,   p.stride, p.pad,   p.dilation};
            small_channels_ = p.outputs;
            large_ = tensors.bottom;
            small_ = tensors.top;
        }
        large_size_ = windows_.channels * windows_.height * windows_.width;
        small_size_ = small_channels_ * windows_.columns();
        if (!windows_.are_the_image()) columns_.resize(static_cast<std::size_t>(windows_.rows() * windows_.columns()));
        ones_.assign(static_cast<std::size_t>(problem_.out_height * problem_.out_width), 1.0F);
    }

    void run() {
        set_blas_threads(problem_.threads);
        for (int64_t n = 0; n < problem_.batch; ++n) {
            float* large = large_ + n * large_size_;
            float* small = small_ + n * small_size_;
            if (pass_ == Pass::backward_filter) {
                filter_gradient(large, small, n == 0 ? 0.0F : 1.0F);
            } else if ((pass_ == Pass::forward) == (problem_.transposed == 0)) {
                to_small(large, small);
            } else {
                to_large(small, large);
            }
            if (pass_ == Pass::forward) add_bias(n);
        }
    }

private:
    // Sizes of one group's product: weights are [m, k] and columns [k, n].
    int64_t m() const { return small_channels_ / problem_.group; }
    int64_t n() const { return windows_.columns(); }
    int64_t k() const { return windows_.rows() / problem_.group; }

    const float* columns_of(const float* large) {
        if (windows_.are_the_image()) return large;
        image_to_columns(windows_, large, columns_.data());
        return columns_.data();
    }

    void to_small(const float* large, float* small) {
        const float* columns = columns_of(large);
        for (int64_t g = 0; g < problem_.group; ++g) {
            sgemm(false, false, m(), n(), k(), tensors_.weights + g * m() * k(), columns + g * k() * n(), 0.0F,
                  small + g * m() * n());
        }
    }

    void to_large(const float* small, float* large) {
        float* columns = windows_.are_the_image() ? large : columns_.data();
        for (int64_t g = 0; g < problem_.group; ++g) {
            sgemm(true, false, k(), n(), m(), tensors_.weights + g * m() * k(), small + g * m() * n(), 0.0F,
                  columns + g * k() * n());
        }
        if (!windows_.are_the_image()) columns_to_image(windows_, columns, large);
    }

    void filter_gradient(const float* large, const float* small, float beta) {
        const float* columns = columns_of(large);
        for (int64_t g = 0; g < problem_.group; ++g) {
            sgemm(false, true, m(), k(), n(), small + g * m() * n(), columns + g * k() * n(), beta,
                  tensors_.weights + g * m() * k());
        }
    }

    void add_bias(int64_t image) {
        const int64_t size = problem_.out_height * problem_.out_width;
        sgemm(false, false, problem_.outputs, size, 1, tensors_.bias, ones_.data(), 1.0F,
              tensors_.top + image * problem_.outputs * size);
    }

    Problem problem_;
    Pass pass_;
    Tensors tensors_;
    Windows windows_{};
    int64_t small_channels_ = 0, large_size_ = 0, small_size_ = 0;
    float* large_ = nullptr;
    float* small_ = nullptr;
    std::vector<float> columns_, ones_;
};

}  // namespace
}  // namespace bench

/** A peer over the tensors, which stay where they are, or null when there is no memory for its columns. */
BENCH_API void* convnet_bench_caffe_create(const bench::Problem* problem, bench::Pass pass,
                                           const bench::Tensors* tensors) {
    try {
        return new bench::CaffePeer(*problem, pass, *tensors);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

BENCH_API void convnet_bench_caffe_run(void* peer) { static_cast<bench::CaffePeer*>(peer)->run(); }

BENCH_API void convnet_bench_caffe_destroy(void* peer) { delete static_cast<bench::CaffePeer*>(peer); }
