#include "layers/filler.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

template <class T = double>
std::vector<T> filled_blob(const Shape& shape, const Filler& filler) {
    Blob blob(open_cpu(1), data_type<T>, shape);
    fill(blob, filler);
    const T* const values = static_cast<const T*>(blob.data());
    return {values, values + shape.count()};
}

Filler of(FillerType type, std::uint64_t seed = 42) {
    Filler filler;
    filler.type = type;
    filler.seed = seed;
    return filler;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
    const double middle = mean(values);
    double sum = 0;
    for (const double value : values) {
        sum += (value - middle) * (value - middle);
    }
    return std::sqrt(sum / static_cast<double>(values.size()));
}

double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }
double smallest(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

const Shape large{40, 20, 5, 5};  // 20000 values: fan_in 500, fan_out 1000

TEST(Filler, constant) {
    EXPECT_EQ(filled_blob(Shape{2, 3}, of(FillerType::constant)), std::vector<double>(6, 0.0)) << "0 as in Caffe";
    Filler filler;
    filler.value = -2.5;
    EXPECT_EQ(filled_blob(Shape{2, 3}, filler), std::vector<double>(6, -2.5));
    EXPECT_EQ(filled_blob<float>(Shape{}, filler), std::vector<float>(1, -2.5F));
}

TEST(Filler, uniform) {
    Filler filler = of(FillerType::uniform);
    filler.min = -3;
    filler.max = 5;
    const auto values = filled_blob(large, filler);
    EXPECT_GE(smallest(values), -3);
    EXPECT_LT(largest(values), 5);
    EXPECT_LT(smallest(values), -2.99);
    EXPECT_GT(largest(values), 4.99);
    EXPECT_NEAR(mean(values), 1, 0.05);
    EXPECT_NEAR(deviation(values), 8 / std::sqrt(12), 0.05);
}

TEST(Filler, gaussian) {
    Filler filler = of(FillerType::gaussian);
    filler.mean = 3;
    filler.std = 2;
    const auto values = filled_blob(large, filler);
    EXPECT_NEAR(mean(values), 3, 0.05);
    EXPECT_NEAR(deviation(values), 2, 0.05);
    const auto within = std::count_if(values.begin(), values.end(), [](double v) { return std::abs(v - 3) < 2; });
    EXPECT_NEAR(static_cast<double>(within) / 20000, 0.6827, 0.02) << "within one deviation";
}

TEST(Filler, sparse_gaussian) {
    Filler filler = of(FillerType::gaussian);
    filler.sparse = 10;  // of 40 outputs: each value is kept with probability 1/4
    const auto values = filled_blob(large, filler);
    const auto zeros = std::count(values.begin(), values.end(), 0.0);
    EXPECT_NEAR(static_cast<double>(zeros) / 20000, 0.75, 0.02);
    EXPECT_NEAR(deviation(values), 0.5, 0.02);
    filler.sparse = 40;
    const auto all = filled_blob(large, filler);
    EXPECT_EQ(std::count(all.begin(), all.end(), 0.0), 0);
    filler.sparse = 0;
    const auto none = filled_blob(large, filler);
    EXPECT_EQ(std::count(none.begin(), none.end(), 0.0), 20000);
}

TEST(Filler, positive_unitball) {
    const auto values = filled_blob(large, of(FillerType::positive_unitball));
    EXPECT_GE(smallest(values), 0);
    for (std::ptrdiff_t row = 0; row < 40; ++row) {
        EXPECT_NEAR(std::accumulate(values.begin() + row * 500, values.begin() + (row + 1) * 500, 0.0), 1, 1e-12);
    }
    EXPECT_GT(largest(values), 1.5 / 500) << "not all alike";
}

TEST(Filler, xavier_and_msra_scale_with_what_they_are_told) {
    const std::pair<VarianceNorm, double> norms[] = {
        {VarianceNorm::fan_in, 500}, {VarianceNorm::fan_out, 1000}, {VarianceNorm::average, 750}};
    for (const auto& [norm, n] : norms) {
        Filler filler = of(FillerType::xavier);
        filler.variance_norm = norm;
        const auto uniform = filled_blob(large, filler);
        EXPECT_LE(largest(uniform), std::sqrt(3 / n));
        EXPECT_GT(largest(uniform), 0.999 * std::sqrt(3 / n));
        EXPECT_LT(smallest(uniform), -0.999 * std::sqrt(3 / n));
        EXPECT_NEAR(deviation(uniform), std::sqrt(1 / n), 0.03 * std::sqrt(1 / n));
        filler.type = FillerType::msra;
        filler.mean = 100;  // neither of these is read
        filler.std = 100;
        filler.sparse = 1;
        const auto normal = filled_blob(large, filler);
        EXPECT_NEAR(mean(normal), 0, 0.03 * std::sqrt(2 / n));
        EXPECT_NEAR(deviation(normal), std::sqrt(2 / n), 0.03 * std::sqrt(2 / n));
    }
}

// Computed by another implementation of the 64-bit Mersenne twister, so that files and papers can name a seed.
TEST(Filler, gives_the_same_values_for_a_seed_everywhere) {
    const std::vector<double> uniform{0.755155532954539, 0.6390313938546974, 0.7521452007480266, 0.13627268363243705};
    EXPECT_EQ(filled_blob(Shape{4}, of(FillerType::uniform)), uniform);
    const std::vector<double> normal{-1.0771745442782885, 1.0945198485006107, 1.7947316657951717, -0.912125155644141};
    const auto values = filled_blob(Shape{4}, of(FillerType::gaussian));
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(values[i], normal[i], 1e-14);
    }
    const auto floats = filled_blob<float>(Shape{4}, of(FillerType::uniform));
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(floats[i], static_cast<float>(uniform[i]));
    }
}

TEST(Filler, of_another_seed_gives_other_values) {
    for (const FillerType type : {FillerType::uniform, FillerType::gaussian, FillerType::positive_unitball,
                                  FillerType::xavier, FillerType::msra}) {
        EXPECT_EQ(filled_blob(large, of(type, 1)), filled_blob(large, of(type, 1)));
        EXPECT_NE(filled_blob(large, of(type, 1)), filled_blob(large, of(type, 2)));
    }
}

TEST(Filler, bilinear_kernels) {
    const Filler filler = of(FillerType::bilinear);
    EXPECT_EQ(filled_blob(Shape{1, 1, 1, 1}, filler), (std::vector<double>{1}));
    const std::vector<double> even{0.25, 0.75, 0.75, 0.25}, odd{1.0 / 3, 2.0 / 3, 1, 2.0 / 3, 1.0 / 3};
    const auto expect_outer_product = [&](const std::vector<double>& row) {
        const auto width = static_cast<std::int64_t>(row.size());
        const auto values = filled_blob(Shape{2, 3, width, width}, filler);
        for (std::size_t i = 0; i < values.size(); ++i) {
            EXPECT_NEAR(values[i], row[i % row.size()] * row[i / row.size() % row.size()], 1e-15);
        }
    };
    expect_outer_product(even);
    expect_outer_product(odd);
}

// What the filler is for: upsampling by f with kernel 2f - f%2, stride f and pad ceil((f-1)/2), one group a channel. It
// interpolates linearly, so a ramp stays a ramp wherever all of its neighbours exist.
TEST(Filler, bilinear_upsampling_of_a_ramp_is_exact_inside) {
    for (const std::int64_t factor : {2, 3, 4, 5}) {
        constexpr std::int64_t channels = 3, height = 5, width = 6;
        ConvolutionOptions o = options(channels, {2 * factor - factor % 2}, {factor}, {factor / 2}, {}, channels);
        o.bias_term = false;
        DeconvolutionLayer layer(open_cpu(2), DataType::float64, o);
        layer.reshape(Shape{1, channels, height, width});
        fill(*layer.parameter(0), of(FillerType::bilinear));
        const auto ramp = [](double channel, double y, double x) { return 3 + channel - 2 * y + 5 * x; };
        std::vector<double> bottom;
        for (std::int64_t i = 0; i < channels * height * width; ++i) {
            bottom.push_back(ramp(static_cast<double>(i / (height * width)), static_cast<double>(i / width % height),
                                  static_cast<double>(i % width)));
        }
        const auto top = forward(layer, bottom);
        const std::int64_t out_height = layer.top_shape()[2], out_width = layer.top_shape()[3];
        EXPECT_EQ(out_height, factor * height);
        EXPECT_EQ(out_width, factor * width);
        // Input i has its weight of 1, or the middle between its two largest, at output i*factor + (kernel-1)/2 - pad.
        const double shift =
            (static_cast<double>(o.kernel[0] - 1) / 2 - static_cast<double>(o.pad[0])) / static_cast<double>(factor);
        int inside = 0;
        for (std::size_t i = 0; i < top.size(); ++i) {
            const auto index = static_cast<std::int64_t>(i);
            const double y = static_cast<double>(index / out_width % out_height) / static_cast<double>(factor) - shift;
            const double x = static_cast<double>(index % out_width) / static_cast<double>(factor) - shift;
            if (y >= 0 && y <= height - 1 && x >= 0 && x <= width - 1) {
                ASSERT_NEAR(top[i], ramp(static_cast<double>(index / (out_width * out_height)), y, x), 1e-12)
                    << "factor " << factor << ", at " << y << ", " << x;
                ++inside;
            }
        }
        EXPECT_GT(inside, 100);
    }
}

TEST(Filler, that_makes_no_sense_is_refused_and_changes_nothing) {
    const auto device = open_cpu(1);
    const auto refuse = [&](const Shape& shape, const Filler& filler, const char* argument,
                            const std::vector<std::string_view>& parts) {
        Blob blob(device, DataType::float32, shape);
        expect_invalid([&] { fill(blob, filler); }, argument, parts);
        const float* const values = static_cast<const float*>(blob.data());
        EXPECT_TRUE(std::all_of(values, values + shape.count(), [](float value) { return value == 0; }));
    };
    Filler filler = of(FillerType::uniform);
    filler.min = 2;
    filler.max = 1;
    refuse(Shape{4}, filler, "min", {"2", "1"});
    filler = of(FillerType::gaussian);
    filler.std = -1;
    refuse(Shape{4}, filler, "std", {"-1"});
    filler.std = std::nan("");
    refuse(Shape{4}, filler, "std", {"nan"});
    filler.std = 1;
    filler.sparse = 5;
    refuse(Shape{4, 2}, filler, "sparse", {"5", "4"});
    refuse(Shape{}, filler, "sparse", {"axis"});
    refuse(Shape{}, of(FillerType::xavier), "blob", {"axis"});
    refuse(Shape{}, of(FillerType::positive_unitball), "blob", {"axis"});
    refuse(Shape{2, 2, 3, 4}, of(FillerType::bilinear), "blob", {"2x2x3x4", "square"});
    refuse(Shape{2, 3, 3}, of(FillerType::bilinear), "blob", {"2x3x3", "4-D"});
    refuse(Shape{4}, of(static_cast<FillerType>(7)), "type", {"7"});
    filler = of(FillerType::msra);
    filler.variance_norm = static_cast<VarianceNorm>(3);
    refuse(Shape{4}, filler, "variance_norm", {"3"});
}

}  // namespace
