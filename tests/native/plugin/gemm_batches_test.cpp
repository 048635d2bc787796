// Every product of groups and images is in one batch, at its place, and added up in order.
#include "plugin/gemm_batches.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

using namespace convnet;
using plugin::GemmBatch;

namespace {

struct Counts {
    std::int64_t groups, images;
    bool sum_images;
};

class GemmBatches : public testing::TestWithParam<Counts> {};

TEST_P(GemmBatches, hold_every_product_once) {
    const auto [groups, images, sum_images] = GetParam();
    std::vector<float> a(1 << 12), b(1 << 12), c(1 << 12);
    cn_cuda_gemm g{};
    g.dtype = static_cast<std::int32_t>(DataType::float32);
    g.groups = groups;
    g.images = images;
    g.sum_images = sum_images ? 1 : 0;
    g.a = {a.data(), 1, 0, 3};
    g.b = {b.data(), 1, 101, 7};
    g.c = {c.data(), 1, sum_images ? 0 : 113, 11};
    std::map<std::vector<std::int64_t>, int> seen;
    std::map<std::int64_t, int> written;
    plugin::for_each_batch(g, [&](const GemmBatch& batch) {
        for (int i = 0; i < batch.count; ++i) {
            const std::int64_t at_a = static_cast<const float*>(batch.a) - a.data() + i * batch.a_stride,
                               at_b = static_cast<const float*>(batch.b) - b.data() + i * batch.b_stride,
                               at_c = static_cast<float*>(batch.c) - c.data() + i * batch.c_stride;
            ++seen[{at_a, at_b, at_c}];
            EXPECT_EQ(batch.accumulate, written[at_c]++ > 0);
        }
    });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(groups * images));
    for (std::int64_t group = 0; group < groups; ++group) {
        for (std::int64_t image = 0; image < images; ++image) {
            const std::vector<std::int64_t> at{group * 3, image * 101 + group * 7,
                                               group * 11 + (sum_images ? 0 : image * 113)};
            EXPECT_EQ(seen[at], 1) << "group " << group << ", image " << image;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(counts, GemmBatches,
                         testing::Values(Counts{1, 1, false}, Counts{1, 5, false}, Counts{4, 1, false},
                                         Counts{4, 3, false}, Counts{3, 4, false}, Counts{1, 5, true},
                                         Counts{4, 1, true}, Counts{3, 4, true}));

TEST(GemmBatch, adds_to_what_is_there_when_asked) {
    float value = 0;
    cn_cuda_gemm g{};
    g.dtype = static_cast<std::int32_t>(DataType::float32);
    g.groups = g.images = 1;
    g.accumulate = 1;
    g.a = g.b = g.c = {&value, 1, 0, 0};
    int batches = 0;
    plugin::for_each_batch(g, [&](const GemmBatch& batch) {
        EXPECT_TRUE(batch.accumulate);
        ++batches;
    });
    EXPECT_EQ(batches, 1);
}

}  // namespace
