// Batched matrix products against the definition, with integers, so that they must be equal bit for bit.
#include "devices/cpu/gemm.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct Sizes {
    std::int64_t m, n, k, images, groups;
};

/// One operand: a batch of matrices with gaps after the rows, the groups and the images.
template <class T>
struct Operand {
    std::int64_t rows, columns, row_stride, group_stride, image_stride;
    std::vector<T> values;

    Operand(std::int64_t r, std::int64_t c, const Sizes& sizes, SplitMix64& random)
        : rows(r),
          columns(c),
          row_stride(c + 3),
          group_stride(r * row_stride + 5),
          image_stride(sizes.groups * group_stride + 7),
          values(filled<T>(sizes.images * image_stride, Fill::integer, random)) {}

    std::int64_t at(std::int64_t image, std::int64_t group, std::int64_t row, std::int64_t column) const {
        return image * image_stride + group * group_stride + row * row_stride + column;
    }

    template <class Pointer>
    Matrices<Pointer> matrices(Pointer data) const {
        return {data, row_stride, image_stride, group_stride};
    }
};

template <class T>
T element_of(const Operand<T>& x, bool transposed, std::int64_t image, std::int64_t group, std::int64_t row,
             std::int64_t column) {
    return x.values[static_cast<std::size_t>(transposed ? x.at(image, group, column, row)
                                                        : x.at(image, group, row, column))];
}

template <class T>
void compare(const Sizes& s, bool transpose_a, bool transpose_b, bool sum_images, bool accumulate, int threads) {
    SplitMix64 random(static_cast<std::uint64_t>(s.m * 31 + s.n * 7 + s.k));
    const Operand<T> a(transpose_a ? s.k : s.m, transpose_a ? s.m : s.k, s, random);
    const Operand<T> b(transpose_b ? s.n : s.k, transpose_b ? s.k : s.n, s, random);
    Operand<T> c(s.m, s.n, s, random);
    std::vector<T> expected = c.values;
    for (std::int64_t group = 0; group < s.groups; ++group) {
        for (std::int64_t image = 0; image < s.images; ++image) {
            for (std::int64_t row = 0; row < s.m; ++row) {
                for (std::int64_t column = 0; column < s.n; ++column) {
                    T& sum = expected[static_cast<std::size_t>(c.at(sum_images ? 0 : image, group, row, column))];
                    const bool first = !sum_images || image == 0;
                    sum = first && !accumulate ? T{0} : sum;
                    for (std::int64_t i = 0; i < s.k; ++i) {
                        sum += element_of(a, transpose_a, image, group, row, i) *
                               element_of(b, transpose_b, image, group, i, column);
                    }
                }
            }
        }
    }
    if (!accumulate) {  // what is overwritten is not read
        for (std::int64_t image = 0; image < (sum_images ? 1 : s.images); ++image) {
            for (std::int64_t group = 0; group < s.groups; ++group) {
                for (std::int64_t row = 0; row < s.m; ++row) {
                    const auto begin = c.values.begin() + c.at(image, group, row, 0);
                    std::fill(begin, begin + s.n, std::numeric_limits<T>::quiet_NaN());
                }
            }
        }
    }
    GemmArguments g;
    g.type = data_type<T>;
    g.m = s.m;
    g.n = s.n;
    g.k = s.k;
    g.transpose_a = transpose_a;
    g.transpose_b = transpose_b;
    g.a = a.template matrices<const void*>(a.values.data());
    g.b = b.template matrices<const void*>(b.values.data());
    g.c = c.template matrices<void*>(c.values.data());
    g.images = s.images;
    g.groups = s.groups;
    g.sum_images = sum_images;
    g.accumulate = accumulate;
    ThreadPool pool(threads);
    const auto packed_bytes = static_cast<std::size_t>(cpu::packed_b_bytes(g));
    const std::vector<T> before = c.values;
    cpu::gemm(pool, g);
    const auto text = [&](const char* which) {
        std::ostringstream out;
        out << which << s.m << "x" << s.n << "x" << s.k << ", " << s.images << " images, " << s.groups
            << " groups, transposed " << transpose_a << transpose_b << ", summed " << sum_images << ", accumulated "
            << accumulate << ", " << threads << " threads";
        return out.str();
    };
    EXPECT_EQ(c.values, expected) << text("");
    EXPECT_EQ(packed_bytes == 0, s.images > 1 || (s.m == 1 && !transpose_b)) << text("");
    if (packed_bytes > 0) {
        const T guard = 77;
        std::vector<T> packed(packed_bytes / sizeof(T) + 1, guard);
        cpu::pack_b(pool, g, packed.data());
        EXPECT_EQ(packed.back(), guard) << text("packed, ");
        c.values = before;
        g.b.data = packed.data();
        g.packed_b = packed.data();
        cpu::gemm(pool, g);
        EXPECT_EQ(c.values, expected) << text("packed, ");
    }
}

TEST(Gemm, equals_the_definition_with_every_flag) {
    for (const Sizes& sizes :
         {Sizes{1, 1, 1, 1, 1}, Sizes{3, 5, 7, 2, 3}, Sizes{33, 70, 9, 3, 2}, Sizes{1, 200, 40, 2, 1},
          Sizes{1, 1037, 7, 1, 2}, Sizes{65, 1, 33, 1, 2}, Sizes{130, 140, 20, 1, 1}, Sizes{16, 100, 300, 1, 2}}) {
        for (int flags = 0; flags < 16; ++flags) {
            compare<float>(sizes, flags & 1, flags & 2, flags & 4, flags & 8, 1 + flags % 3);
            compare<double>(sizes, flags & 1, flags & 2, flags & 4, flags & 8, 1 + flags % 3);
        }
    }
}

// Larger than the largest block on both axes.
TEST(Gemm, equals_the_definition_over_many_blocks) {
    compare<float>({530, 1100, 6, 1, 1}, false, false, false, false, 3);
    compare<float>({530, 1100, 6, 1, 1}, true, true, true, true, 3);
    compare<double>({530, 1100, 6, 2, 2}, true, false, true, true, 2);
}

/// Runs `work` on many threads at once.
template <class Work>
void at_once(int count, const Work& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back(work);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

// OpenBLAS ends the process when it runs out of buffers, of which it has one for each call that runs.
TEST(Gemm, may_be_called_from_more_threads_than_blas_has_buffers) {
    at_once(96, [] { compare<float>({40, 70, 30, 2, 1}, false, true, false, false, 1); });
}

// A BLAS without threads of its own may give two callers one buffer, and wrong products with it.
TEST(Gemm, gives_every_one_of_many_threads_a_right_product) {
    at_once(8, [] {
        for (int round = 0; round < 15; ++round) {
            compare<float>({130, 140, 40, 2, 1}, false, true, false, false, 2);
            compare<double>({70, 90, 60, 2, 1}, true, false, false, false, 2);
        }
    });
}

}  // namespace
