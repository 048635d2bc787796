// The bodies of the kernels in a loop, against the CPU's im2col and col2im, whose method is another.
#include <gtest/gtest.h>

#include "devices/cpu/columns.hpp"
#include "devices/cuda/cuda_device.hpp"
#include "plugin/kernels/bias.hpp"
#include "plugin/kernels/columns.hpp"
#include "plugin/kernels/transpose.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct Loop {
    template <class Index, class Body>
    void operator()(Index count, const Body& body) const {
        for (Index i = 0; i < count; ++i) {
            body(i);
        }
    }
};

ConvolutionProblem problem(std::int64_t images, std::int64_t channels, std::vector<std::int64_t> in, Window window) {
    ConvolutionProblem p;
    p.batch = images;
    p.in_channels = channels;
    p.axes = convolution_axes(in, window);
    return p;
}

std::vector<ConvolutionProblem> problems_with_channels_first() {
    return {
        problem(2, 3, {}, {}),
        problem(2, 3, {9}, {{3}, {2}, {1}, {1}}),
        problem(1, 2, {7, 6}, {{3, 2}, {1, 2}, {1, 0}, {1, 2}}),
        problem(2, 2, {5, 5}, {{5, 5}, {3, 1}, {4, 2}, {1, 1}}),
        problem(1, 2, {4, 5, 6}, {{2, 3, 2}, {2, 1, 3}, {1, 1, 0}, {2, 1, 1}}),
        problem(1, 2, {3, 4, 3, 4}, {{2, 2, 3, 1}, {1, 2, 1, 3}, {0, 1, 1, 0}, {1, 1, 1, 1}}),
        problem(2, 3, {6, 9}, {{2, 3}, {2, 3}, {0, 0}, {1, 1}}),
        problem(1, 2, {8, 7}, {{2, 2}, {4, 3}, {1, 0}, {3, 2}}),
        problem(1, 2, {5, 4, 6, 5}, {{2, 1, 3, 2}, {2, 2, 3, 3}, {1, 0, 2, 0}, {1, 1, 1, 1}}),
    };
}

/// Each in both layouts.
const std::vector<ConvolutionProblem>& problems() {
    static const std::vector<ConvolutionProblem> all = [] {
        std::vector<ConvolutionProblem> result = problems_with_channels_first();
        for (ConvolutionProblem p : problems_with_channels_first()) {
            p.layout = TensorLayout::channels_last;
            result.push_back(p);
        }
        return result;
    }();
    return all;
}

/// Every tile of a few lengths.
template <class Visit>
void for_each_tile(const ConvolutionProblem& p, const Visit& visit) {
    const std::int64_t positions = p.out_positions();
    for (std::int64_t length = 1; length <= positions; length += 1 + length / 2) {
        for (std::int64_t first = 0; first < positions; first += length) {
            visit(ColumnTile{p.batch, first, std::min(length, positions - first)});
        }
    }
}

template <class Index>
std::vector<float> gathered(const ConvolutionProblem& p, const ColumnTile& tile, const std::vector<float>& x) {
    const cn_cuda_problem problem = cuda::to_plugin(p);
    const cn_cuda_tile t{tile.images, tile.first, tile.count};
    std::vector<float> columns(static_cast<std::size_t>(tile.images * p.in_channels * p.taps() * tile.count), -7);
    kernels::with_geometry<Index>(problem, t, [&]<int rank>(const kernels::ColumnGeometry<Index, rank>& g) {
        Loop{}(static_cast<Index>(tile.images * p.in_channels * tile.count),
               kernels::Im2col<float, Index, rank>{g, x.data(), columns.data()});
    });
    return columns;
}

template <class Index, template <class, class, int> class Body>
std::vector<float> scattered(const ConvolutionProblem& p, const ColumnTile& tile, const std::vector<float>& columns,
                             std::vector<float> x, bool accumulate) {
    const cn_cuda_problem problem = cuda::to_plugin(p);
    const cn_cuda_tile t{tile.images, tile.first, tile.count};
    kernels::with_geometry<Index>(problem, t, [&]<int rank>(const kernels::ColumnGeometry<Index, rank>& g) {
        Loop{}(static_cast<Index>(x.size()), Body<float, Index, rank>{g, columns.data(), x.data(), accumulate});
    });
    return x;
}

TEST(Kernels, im2col_is_that_of_the_cpu) {
    SplitMix64 random(1);
    ThreadPool pool(1);
    for (const ConvolutionProblem& p : problems()) {
        const auto x = filled<float>(p.batch * p.in_channels * p.in_positions(), Fill::random, random);
        for_each_tile(p, [&](const ColumnTile& tile) {
            std::vector<float> expected(static_cast<std::size_t>(p.batch * p.in_channels * p.taps() * tile.count));
            cpu::im2col(pool, p, tile, x.data(), expected.data());
            ASSERT_EQ(gathered<std::int32_t>(p, tile, x), expected) << p.to_string() << " from " << tile.first;
            ASSERT_EQ(gathered<std::int64_t>(p, tile, x), expected) << p.to_string() << " from " << tile.first;
        });
    }
}

// The same bits, because both add up in the order of the taps.
TEST(Kernels, col2im_is_that_of_the_cpu) {
    SplitMix64 random(2);
    ThreadPool pool(1);
    int apart = 0;
    for (const ConvolutionProblem& p : problems()) {
        for_each_tile(p, [&](const ColumnTile& tile) {
            const auto columns = filled<float>(p.batch * p.in_channels * p.taps() * tile.count, Fill::random, random);
            const auto before = filled<float>(p.batch * p.in_channels * p.in_positions(), Fill::random, random);
            for (const bool accumulate : {false, true}) {
                std::vector<float> expected = before;
                cpu::col2im(pool, p, tile, columns.data(), expected.data(), accumulate);
                EXPECT_EQ((scattered<std::int32_t, kernels::Col2im>(p, tile, columns, before, accumulate)), expected)
                    << p.to_string();
                EXPECT_EQ((scattered<std::int64_t, kernels::Col2im>(p, tile, columns, before, accumulate)), expected)
                    << p.to_string();
                if (kernels::are_apart(cuda::to_plugin(p))) {
                    EXPECT_EQ((scattered<std::int32_t, kernels::Col2imApart>(p, tile, columns, before, accumulate)),
                              expected)
                        << p.to_string();
                    ++apart;
                }
            }
        });
    }
    EXPECT_GT(apart, 0);
}

TEST(Kernels, windows_are_apart_where_no_two_read_one_element) {
    const auto are_apart = [](std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
        return kernels::are_apart(
            cuda::to_plugin(problem(1, 1, {20, 20}, {{1, kernel}, {1, stride}, {0, 0}, {1, dilation}})));
    };
    EXPECT_TRUE(are_apart(1, 1, 1));
    EXPECT_TRUE(are_apart(2, 2, 1));
    EXPECT_TRUE(are_apart(3, 5, 2));
    EXPECT_FALSE(are_apart(3, 2, 1));
    EXPECT_TRUE(are_apart(2, 3, 2));
    EXPECT_FALSE(are_apart(2, 2, 2)) << "0 and 2, then 2 and 4";
}

TEST(Kernels, transposing_twice_changes_nothing) {
    SplitMix64 random(4);
    const auto source = filled<float>(2 * 3 * 5, Fill::random, random);
    std::vector<float> turned(source.size()), back(source.size());
    kernels::transpose(Loop{}, {1, 0, 2, 3, 5}, source.data(), turned.data());
    for (std::size_t matrix = 0; matrix < 2; ++matrix) {
        for (std::size_t row = 0; row < 3; ++row) {
            for (std::size_t column = 0; column < 5; ++column) {
                EXPECT_EQ(turned[(matrix * 5 + column) * 3 + row], source[(matrix * 3 + row) * 5 + column]);
            }
        }
    }
    kernels::transpose(Loop{}, {1, 0, 2, 5, 3}, turned.data(), back.data());
    EXPECT_EQ(back, source);
    kernels::transpose(Loop{}, {1, 1, 2, 5, 3}, turned.data(), back.data());
    EXPECT_EQ(back[7], source[7] + source[7]) << "added";
}

TEST(Kernels, count_in_64_bits_only_where_they_must) {
    const auto bits = [](std::int64_t largest) {
        int result = 0;
        kernels::with_index(largest, [&]<class Index>(Index) { result = 8 * static_cast<int>(sizeof(Index)); });
        return result;
    };
    EXPECT_EQ(bits(1), 32);
    EXPECT_EQ(bits((std::int64_t{1} << 30) - 1), 32);
    EXPECT_EQ(bits(std::int64_t{1} << 30), 64);
    EXPECT_EQ(bits(std::int64_t{1} << 40), 64);
}

// Neither what is read nor what is written nor an index on the way leaves 32 bits unseen.
TEST(Kernels, know_their_largest_index) {
    cn_cuda_problem p = cuda::to_plugin(problem(1, 1, {1 << 20}, {{3}, {1}, {1}, {1}}));
    EXPECT_GE(kernels::largest_index(p, {1, 0, 1 << 20}), 3 << 20);
    p.in_channels = 1 << 12;
    EXPECT_GE(kernels::largest_index(p, {1, 0, 1}), std::int64_t{1} << 32);
    p = cuda::to_plugin(problem(1, 1, {2}, {{2}, {1}, {std::int64_t{1} << 31}, {1}}));
    EXPECT_GE(kernels::largest_index(p, {1, 0, 1}), std::int64_t{1} << 32);
}

TEST(Kernels, refuse_a_type_that_does_not_exist) {
    EXPECT_THROW(kernels::with_device_type(0, [](auto) {}), Error);
    EXPECT_THROW(kernels::with_device_type(5, [](auto) {}), Error);
}

TEST(Kernels, parts_of_a_bias_gradient_are_the_whole) {
    const std::int64_t outer = 3, channels = 4, inner = 10;
    SplitMix64 random(3);
    const auto dy = filled<float>(outer * channels * inner, Fill::integer, random);
    std::vector<float> gradient(static_cast<std::size_t>(channels), 5);
    const kernels::SumBias<float, std::int32_t> body{4, 10, 30, dy.data(), gradient.data()};
    for (std::int32_t channel = 0; channel < channels; ++channel) {
        float sum = 0;
        for (int thread = 0; thread < 7; ++thread) {
            sum += body.part(channel, thread, 7);
        }
        body.finish(channel, sum);
        float expected = 5;
        for (std::int64_t o = 0; o < outer; ++o) {
            for (std::int64_t i = 0; i < inner; ++i) {
                expected += dy[static_cast<std::size_t>((o * channels + channel) * inner + i)];
            }
        }
        EXPECT_EQ(gradient[static_cast<std::size_t>(channel)], expected);
    }
}

}  // namespace
