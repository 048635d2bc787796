// What layers check of the tensors they are given: counts, shapes, and memory that overlaps.
#include <gtest/gtest.h>

#include <future>

#include "testing/core_layers.hpp"
#include "testing/errors.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

class Arguments : public testing::Test {
protected:
    Arguments() { layer_.reshape(bottom_); }

    TensorView bottom(std::int64_t offset) const { return view(memory_.data() + offset, bottom_); }
    TensorView top(std::int64_t offset) const { return view(memory_.data() + offset, layer_.top_shape()); }

    void forward(const std::vector<TensorView>& bottoms, const std::vector<TensorView>& tops) {
        layer_.forward(bottoms, tops);
    }
    void backward(const std::vector<TensorView>& dy, const std::vector<TensorView>& x,
                  const std::vector<TensorView>& dx, const std::vector<std::uint8_t>& propagate = {}) {
        layer_.backward(dy, x, dx, propagate);
    }

    const std::shared_ptr<CpuDevice> device_ = open_cpu(1);
    const Shape bottom_{1, 2, 5, 5};  // 50 elements; the top has 27
    std::vector<float> memory_ = std::vector<float>(1000);
    ConvolutionLayer layer_{device_, DataType::float32, options(3, {3})};
};

TEST_F(Arguments, counts_must_match) {
    expect_invalid([&] { forward({}, {}); }, "bottom_count", {"one or more"});
    expect_invalid([&] { forward({bottom(0)}, {}); }, "top_count", {"0 tops", "1 bottoms"});
    expect_invalid([&] { forward({bottom(0), bottom(50)}, {top(100)}); }, "top_count", {"1 tops", "2 bottoms"});
    expect_invalid([&] { backward({top(0)}, {bottom(100), bottom(200)}, {}); }, "top_count");
}

TEST_F(Arguments, shapes_types_and_places_must_match) {
    const Shape wrong{1, 2, 5, 6};
    expect_invalid([&] { forward({view(memory_.data(), wrong)}, {top(100)}); }, "bottoms[0]", {"1x2x5x6", "1x2x5x5"});
    expect_invalid([&] { forward({bottom(0)}, {view(memory_.data() + 100, wrong)}); }, "tops[0]",
                   {"1x2x5x6", "1x3x3x3"});
    expect_invalid(
        [&] {
            forward({bottom(0), view(memory_.data() + 200, wrong)}, {top(100), top(150)});
        },
        "bottoms[1]");
    TensorView other = bottom(0);
    other.type = DataType::float64;
    expect_invalid([&] { forward({other}, {top(100)}); }, "bottoms[0]", {"float64", "float32"});
    other = bottom(0);
    other.device_index = 1;
    expect_invalid([&] { forward({other}, {top(100)}); }, "bottoms[0]", {"device"});
    other = bottom(0);
    other.device_type = DeviceType::cuda;
    expect_invalid([&] { forward({other}, {top(100)}); }, "bottoms[0]", {"device 2:0", "1:0"});
    other = bottom(0);
    other.data = nullptr;
    expect_invalid([&] { forward({other}, {top(100)}); }, "bottoms[0]", {"NULL", "200 bytes"});
    other = bottom(0);
    other.data = reinterpret_cast<char*>(memory_.data()) + 2;
    expect_invalid([&] { forward({other}, {top(100)}); }, "bottoms[0]", {"multiple of 4"});
}

TEST_F(Arguments, strides_must_be_dense) {
    TensorView strided = bottom(0);
    const std::int64_t dense[] = {50, 25, 5, 1}, any_for_one_image[] = {-7, 25, 5, 1}, gaps[] = {50, 25, 6, 1},
                       transposed[] = {50, 25, 1, 5};
    strided.strides = dense;
    EXPECT_NO_THROW(forward({strided}, {top(100)}));
    strided.strides = any_for_one_image;
    EXPECT_NO_THROW(forward({strided}, {top(100)})) << "an extent of 1 may have any stride";
    strided.strides = gaps;
    expect_invalid([&] { forward({strided}, {top(100)}); }, "bottoms[0]", {"50x25x6x1", "dense"});
    strided.strides = transposed;
    expect_invalid([&] { forward({strided}, {top(100)}); }, "bottoms[0]", {"50x25x1x5"});
}

TEST_F(Arguments, outputs_must_not_overlap_inputs) {
    EXPECT_NO_THROW(forward({bottom(27)}, {top(0)})) << "neighbours do not overlap";
    EXPECT_NO_THROW(forward({bottom(0)}, {top(50)}));
    for (const std::int64_t offset : {0, 1, 26, 49}) {
        expect_invalid([&] { forward({bottom(100)}, {top(100 + offset)}); }, "tops[0]", {"bottoms[0]", "overlaps"});
    }
    expect_invalid([&] { forward({bottom(100)}, {top(74)}); }, "tops[0]", {"bottoms[0]"});
    expect_invalid([&] { forward({bottom(100), bottom(200)}, {top(0), top(149)}); }, "tops[1]", {"bottoms[0]"});
    expect_invalid([&] { forward({bottom(100), bottom(200)}, {top(0), top(26)}); }, "tops[1]", {"tops[0]"});
    EXPECT_NO_THROW(forward({bottom(100), bottom(100)}, {top(0), top(27)})) << "inputs may be one";
}

TEST_F(Arguments, gradients_must_not_overlap_inputs) {
    EXPECT_NO_THROW(backward({top(0)}, {bottom(50)}, {bottom(100)}));
    expect_invalid([&] { backward({top(0)}, {bottom(50)}, {bottom(26)}); }, "bottom_diffs[0]", {"top_diffs[0]"});
    expect_invalid([&] { backward({top(0)}, {bottom(50)}, {bottom(99)}); }, "bottom_diffs[0]", {"bottoms[0]"});
    expect_invalid(
        [&] {
            backward({top(0), top(27)}, {bottom(100), bottom(150)}, {bottom(200), bottom(249)});
        },
        "bottom_diffs[1]", {"bottom_diffs[0]"});
    // One that is not wanted is not written, so it may lie anywhere.
    EXPECT_NO_THROW(backward({top(0), top(27)}, {bottom(100), bottom(150)}, {bottom(200), bottom(100)}, {1, 0}));
}

TEST_F(Arguments, outputs_must_not_overlap_parameters) {
    const auto weights = layer_.parameter(0), bias = layer_.parameter(1);
    expect_invalid([&] { forward({bottom(0)}, {view(static_cast<float*>(weights->data()), layer_.top_shape())}); },
                   "tops[0]", {"parameter 0"});
    expect_invalid([&] { forward({bottom(0)}, {view(static_cast<float*>(bias->data()), layer_.top_shape())}); },
                   "tops[0]", {"parameter 1"});
    expect_invalid([&] { backward({top(0)}, {bottom(50)}, {view(static_cast<float*>(weights->diff()), bottom_)}); },
                   "bottom_diffs[0]", {"parameter 0"});
}

TEST_F(Arguments, wanted_gradients_need_memory) {
    EXPECT_NO_THROW(backward({top(0)}, {bottom(50)}, {}));
    EXPECT_NO_THROW(backward({top(0)}, {bottom(50)}, {}, {0}));
    expect_invalid([&] { backward({top(0)}, {bottom(50)}, {}, {1}); }, "bottom_diffs", {"missing", "bottom 0"});
}

TEST_F(Arguments, that_are_wrong_leave_everything_untouched) {
    std::fill(memory_.begin(), memory_.end(), 5.0F);
    const std::vector<float> before = memory_;
    expect_invalid([&] { forward({bottom(100), bottom(200)}, {top(0), top(149)}); }, "tops[1]");
    expect_invalid([&] { backward({top(0)}, {bottom(50)}, {bottom(99)}); }, "bottom_diffs[0]");
    EXPECT_EQ(memory_, before);
    EXPECT_FALSE(layer_.parameter(0)->has_diff());
}

// A layer large enough to be found at work by another thread.
TEST(Busy, layer_says_so_and_recovers) {
    ConvolutionLayer layer(open_cpu(1), DataType::float32, options(32, {5}, {1}, {2}));
    const Shape shape{1, 32, 96, 96};
    layer.reshape(shape);
    const std::vector<float> bottom(static_cast<std::size_t>(shape.count()), 1);
    std::atomic<bool> stop{false};
    auto working = std::async(std::launch::async, [&] {
        std::int64_t rounds = 0;
        while (!stop) {
            try {
                forward(layer, bottom);
                ++rounds;
            } catch (const Error& error) {
                EXPECT_EQ(error.status(), Status::invalid_state);
            }
        }
        return rounds;
    });
    int found_busy = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (found_busy < 20 && std::chrono::steady_clock::now() < end) {
        try {
            layer.clear_gradients();
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), Status::invalid_state);
            EXPECT_EQ(error.argument(), "layer");
            EXPECT_NE(std::string(error.what()).find("another thread"), std::string::npos);
            ++found_busy;
        }
        std::this_thread::yield();
    }
    stop = true;
    working.get();
    EXPECT_EQ(found_busy, 20);
    EXPECT_NO_THROW(forward(layer, bottom)) << "usable again";
}

}  // namespace
