// im2col and col2im against the definition, and every way to cut them into tiles against the whole.
#include <gtest/gtest.h>

#include "devices/cpu/columns.hpp"
#include "reference/reference.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

struct Columns {
    const char* name;
    std::int64_t images, channels;
    std::vector<std::int64_t> in, kernel, stride, pad, dilation;
};

void PrintTo(const Columns& columns, std::ostream* out) { *out << columns.name; }

ConvolutionProblem problem_of(const Columns& c, DataType type) {
    ConvolutionProblem p;
    p.type = type;
    p.batch = c.images;
    p.in_channels = c.channels;
    p.axes = convolution_axes(c.in, {c.kernel, c.stride, c.pad, c.dilation});
    return p;
}

reference::Problem reference_of(const Columns& c) {
    reference::Problem p{c.images, c.channels, 0, 1, c.in, {}, c.kernel, c.stride, c.pad, c.dilation};
    p.out = reference::convolution_out(p);
    return p;
}

template <class T>
class Both {
public:
    Both(const Columns& c, int threads)
        : problem_(problem_of(c, data_type<T>)), reference_(reference_of(c)), pool_(threads) {}

    void gathers_by_definition() {
        reference::Sums expected(0);
        reference::im2col(reference_, to_double(x_values()), expected);
        EXPECT_EQ(to_double(gather(whole())), expected.value);
    }

    void scatters_by_definition() {
        reference::Sums expected(0);
        reference::im2col_backward(reference_, to_double(column_values()), expected);
        EXPECT_EQ(to_double(scatter(column_values(), whole().count)), expected.value);
    }

    // Tiles of every length, laid side by side, are the whole.
    void tiles_equal_the_whole() {
        const std::int64_t positions = problem_.out_positions();
        const std::vector<T> all = gather(whole());
        for (std::int64_t length = 1; length < positions; length += 1 + length / 3) {
            for (std::int64_t first = 0; first < positions; first += length) {
                const ColumnTile tile{problem_.batch, first, std::min(length, positions - first)};
                ASSERT_EQ(gather(tile), cut(all, tile)) << "from " << first << ", " << tile.count << " positions";
            }
            EXPECT_EQ(scatter(column_values(), length), scatter(column_values(), positions)) << "length " << length;
        }
    }

    void paths_agree_bit_for_bit() {
        const std::vector<T> columns = filled<T>(rows() * problem_.out_positions(), Fill::random, random_);
        const std::vector<T> gathered = gather(whole()), scattered = scatter(columns, 7);
        problem_.force_nd = true;
        EXPECT_EQ(gather(whole()), gathered);
        EXPECT_EQ(scatter(columns, 7), scattered);
    }

private:
    ColumnTile whole() const { return {problem_.batch, 0, problem_.out_positions()}; }
    std::int64_t rows() const { return problem_.batch * problem_.in_channels * problem_.taps(); }

    const std::vector<T>& x_values() {
        if (x_.empty()) {
            x_ = filled<T>(problem_.batch * problem_.in_channels * problem_.in_positions(), Fill::integer, random_);
        }
        return x_;
    }

    const std::vector<T>& column_values() {
        if (columns_.empty()) {
            columns_ = filled<T>(rows() * problem_.out_positions(), Fill::integer, random_);
        }
        return columns_;
    }

    std::vector<T> cut(const std::vector<T>& all, const ColumnTile& tile) const {
        std::vector<T> result;
        for (std::int64_t row = 0; row < rows(); ++row) {
            const auto begin = all.begin() + row * problem_.out_positions() + tile.first;
            result.insert(result.end(), begin, begin + tile.count);
        }
        return result;
    }

    std::vector<T> gather(const ColumnTile& tile) {
        Guarded<T> columns(rows() * tile.count);
        cpu::im2col(pool_, problem_, tile, x_values().data(), columns.data());
        EXPECT_TRUE(columns.guards_untouched());
        return {columns.values().begin(), columns.values().end()};
    }

    /// The columns summed back in tiles of `length` positions.
    std::vector<T> scatter(const std::vector<T>& columns, std::int64_t length) {
        Guarded<T> x(problem_.batch * problem_.in_channels * problem_.in_positions());
        const std::int64_t positions = problem_.out_positions();
        for (std::int64_t first = 0; first < positions; first += length) {
            const ColumnTile tile{problem_.batch, first, std::min(length, positions - first)};
            cpu::col2im(pool_, problem_, tile, cut(columns, tile).data(), x.data(), first > 0);
        }
        EXPECT_TRUE(x.guards_untouched());
        return {x.values().begin(), x.values().end()};
    }

    ConvolutionProblem problem_;
    reference::Problem reference_;
    ThreadPool pool_;
    SplitMix64 random_{99};
    std::vector<T> x_, columns_;
};

class ColumnsOf : public testing::TestWithParam<Columns> {};

TEST_P(ColumnsOf, gather_by_definition) {
    Both<float>(GetParam(), 2).gathers_by_definition();
    Both<double>(GetParam(), 1).gathers_by_definition();
}

TEST_P(ColumnsOf, scatter_by_definition) {
    Both<float>(GetParam(), 2).scatters_by_definition();
    Both<double>(GetParam(), 1).scatters_by_definition();
}

TEST_P(ColumnsOf, tiles_equal_the_whole) {
    Both<float>(GetParam(), 2).tiles_equal_the_whole();
    Both<double>(GetParam(), 3).tiles_equal_the_whole();
}

TEST_P(ColumnsOf, two_dimensional_path_equals_the_one_for_any_number) {
    if (GetParam().in.size() == 2) {
        Both<float>(GetParam(), 2).paths_agree_bit_for_bit();
        Both<double>(GetParam(), 2).paths_agree_bit_for_bit();
    } else {
        EXPECT_NE(GetParam().in.size(), 2U);
    }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, ColumnsOf,
    testing::Values(Columns{"plain", 2, 3, {6, 5}, {3, 3}, {1, 1}, {0, 0}, {1, 1}},
                    Columns{"padded", 2, 3, {6, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
                    Columns{"strided", 2, 3, {10, 11}, {3, 3}, {2, 2}, {0, 0}, {3, 3}},
                    Columns{"mixed", 3, 2, {7, 12}, {2, 5}, {3, 2}, {1, 3}, {2, 1}},
                    Columns{"mostly_padding", 2, 2, {2, 3}, {3, 2}, {2, 1}, {5, 4}, {1, 2}},
                    Columns{"stride_above_kernel", 1, 3, {9, 9}, {1, 2}, {4, 5}, {0, 1}, {1, 1}},
                    Columns{"caffe_gpu_size_thinned", 2, 20, {15, 15}, {3, 3}, {2, 2}, {0, 0}, {3, 3}},
                    Columns{"no_axis", 3, 4, {}, {}, {}, {}, {}}, Columns{"one_axis", 2, 3, {13}, {4}, {3}, {2}, {2}},
                    Columns{"three_axes", 2, 2, {4, 5, 6}, {2, 3, 2}, {1, 2, 2}, {1, 0, 1}, {1, 1, 2}},
                    Columns{"four_axes", 1, 2, {3, 2, 4, 3}, {2, 1, 3, 2}, {1, 1, 2, 1}, {0, 1, 1, 0}, {1, 1, 1, 2}}),
    [](const auto& shown) { return shown.param.name; });

}  // namespace
