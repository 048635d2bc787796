// Layers may keep weights in another form; however the weights change, the next pass must see it.
#include <gtest/gtest.h>

#include "layers/filler.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

using Values = std::vector<float>;

template <class LayerType>
class Weights : public testing::Test {
protected:
    static constexpr std::int64_t channels = 16;

    Weights() {
        layer_.reshape(shape_);
        EXPECT_EQ(run(), Values(static_cast<std::size_t>(layer_.top_shape().count()), 0)) << "weights start at zero";
    }

    Values run() { return forward(layer_, bottom_); }

    Values draw() { return filled<float>(layer_.parameter(0)->shape().count(), Fill::integer, random_); }

    /// What a layer that never had other weights computes.
    Values expected(const Values& weights) {
        LayerType fresh(device_, DataType::float32, options_);
        fresh.reshape(shape_);
        set_parameter_data(fresh, 0, weights);
        return forward(fresh, bottom_);
    }

    const std::shared_ptr<CpuDevice> device_ = open_cpu(2);
    const ConvolutionOptions options_ = options(16, {3}, {1}, {1});
    const Shape shape_{1, channels, 10, 10};
    SplitMix64 random_{12};
    const Values bottom_ = filled<float>(shape_.count(), Fill::integer, random_);
    LayerType layer_{device_, DataType::float32, options_};
};

using Layers = testing::Types<ConvolutionLayer, DeconvolutionLayer>;
TYPED_TEST_SUITE(Weights, Layers);

TYPED_TEST(Weights, that_are_copied_are_seen) {
    for (int i = 0; i < 3; ++i) {
        const Values weights = this->draw();
        this->layer_.parameter(0)->copy_from_host(weights.data());
        EXPECT_EQ(this->run(), this->expected(weights));
    }
}

TYPED_TEST(Weights, that_are_filled_are_seen) {
    Filler filler;
    filler.value = 2;
    fill(*this->layer_.parameter(0), filler);
    EXPECT_EQ(this->run(), this->expected(Values(this->draw().size(), 2)));
}

// Through one pointer, taken once and written much later.
TYPED_TEST(Weights, that_are_written_through_a_kept_pointer_are_seen) {
    const auto kept = mutable_parameter_data<float>(this->layer_, 0);
    for (int i = 0; i < 4; ++i) {
        const Values weights = this->draw();
        std::copy(weights.begin(), weights.end(), kept.begin());
        EXPECT_EQ(this->run(), this->expected(weights));
        EXPECT_EQ(this->run(), this->expected(weights));
    }
    // One element, as a solver that changes little would.
    Values weights(kept.begin(), kept.end());
    for (const std::size_t i : {std::size_t{0}, weights.size() / 2, weights.size() - 1}) {
        kept[i] += 1;
        weights[i] += 1;
        EXPECT_EQ(this->run(), this->expected(weights));
    }
}

TYPED_TEST(Weights, of_another_blob_are_seen) {
    for (int i = 0; i < 3; ++i) {
        const Values weights = this->draw();
        const auto blob = std::make_shared<Blob>(this->device_, DataType::float32, this->layer_.parameter(0)->shape());
        blob->copy_from_host(weights.data());
        this->layer_.set_parameter(0, blob);
        EXPECT_EQ(this->run(), this->expected(weights));
    }
}

TYPED_TEST(Weights, that_another_layer_changes_are_seen) {
    TypeParam other(this->device_, DataType::float32, this->options_);
    other.set_parameter(0, this->layer_.parameter(0));
    other.reshape(this->shape_);
    const Values weights = this->draw();
    set_parameter_data(other, 0, weights);
    EXPECT_EQ(this->run(), this->expected(weights));
    EXPECT_EQ(forward(other, this->bottom_), this->expected(weights));
}

TYPED_TEST(Weights, are_seen_by_the_backward_pass) {
    const Values top_diff = filled<float>(this->layer_.top_shape().count(), Fill::integer, this->random_);
    for (int i = 0; i < 3; ++i) {
        const Values weights = this->draw();
        set_parameter_data(this->layer_, 0, weights);
        TypeParam fresh(this->device_, DataType::float32, this->options_);
        fresh.reshape(this->shape_);
        set_parameter_data(fresh, 0, weights);
        EXPECT_EQ(backward(this->layer_, top_diff, this->bottom_), backward(fresh, top_diff, this->bottom_));
    }
}

TYPED_TEST(Weights, are_kept_over_a_reshape) {
    const Values weights = this->draw();
    set_parameter_data(this->layer_, 0, weights);
    const Values before = this->run();
    this->layer_.reshape(Shape{2, this->channels, 14, 5});
    this->layer_.reshape(this->shape_);
    EXPECT_EQ(this->run(), before);
    EXPECT_EQ(this->run(), this->expected(weights));
}

}  // namespace
