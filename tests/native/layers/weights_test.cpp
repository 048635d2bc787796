// Layers may keep weights in another form, one for each direction; however the weights change, the next pass must see it.
#include <gtest/gtest.h>

#include <type_traits>

#include "layers/filler.hpp"
#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

template <class LayerType, class T, EngineKind kind>
struct Kind {
    using Layer = LayerType;
    using Mirrored = std::conditional_t<std::is_same_v<Layer, ConvolutionLayer>, DeconvolutionLayer, ConvolutionLayer>;
    using Element = T;
    static constexpr EngineKind engine = kind;
};

template <class Kind>
class Weights : public testing::Test {
protected:
    using LayerType = typename Kind::Layer;
    using T = typename Kind::Element;
    using Values = std::vector<T>;

    /// What both directions read of the weights: the top, and the gradient of the bottom.
    struct Results {
        Values top, bottom_diff;
        bool operator==(const Results&) const = default;
    };

    // Both forms of the weights are made before a test begins, and are of weights that are zero.
    Weights() {
        layer_.reshape(shape_);
        EXPECT_EQ(layer_.plan()->engine(), Kind::engine);
        const Results results = run();
        const auto zero = [](T value) { return value == 0; };
        EXPECT_TRUE(std::all_of(results.top.begin(), results.top.end(), zero)) << "weights start at zero";
        EXPECT_TRUE(std::all_of(results.bottom_diff.begin(), results.bottom_diff.end(), zero));
    }

    static ConvolutionOptions layer_options(std::int64_t num_output) {
        ConvolutionOptions o = options(num_output, {3}, {1}, {1});
        o.engine = Kind::engine;
        o.bias_term = false;
        return o;
    }

    /// Both passes, on numbers that depend on nothing but the shape.
    static Results run(Layer& layer) {
        SplitMix64 random(5);
        const auto bottom = filled<T>(layer.bottom_shape().count(), Fill::integer, random);
        const auto top_diff = filled<T>(layer.top_shape().count(), Fill::integer, random);
        return {forward(layer, bottom), backward(layer, top_diff, bottom)};
    }

    Results run() { return run(layer_); }

    Values draw() { return filled<T>(weights().shape().count(), Fill::integer, random_); }

    Blob& weights() { return *layer_.parameter(0); }

    std::shared_ptr<Blob> blob_of(const Values& values) {
        auto blob = std::make_shared<Blob>(device_, data_type<T>, weights().shape());
        blob->copy_from_host(values.data());
        return blob;
    }

    /// What a layer that never had other weights computes for bottoms of `shape`.
    template <class AnyLayer>
    Results expected(const Values& values, const Shape& shape, const ConvolutionOptions& o) {
        AnyLayer fresh(device_, data_type<T>, o);
        fresh.reshape(shape);
        set_parameter_data(fresh, 0, values);
        return run(fresh);
    }

    Results expected(const Values& values) { return expected<LayerType>(values, shape_, options_); }

    static constexpr std::int64_t channels = 12, num_output = 20;
    const std::shared_ptr<CpuDevice> device_ = open_cpu(2);
    const ConvolutionOptions options_ = layer_options(num_output);
    const Shape shape_{1, channels, 10, 10}, other_shape_{2, channels, 14, 5};
    SplitMix64 random_{12};
    LayerType layer_{device_, data_type<T>, options_};
};

using Kinds = testing::Types<
    Kind<ConvolutionLayer, float, EngineKind::direct>, Kind<ConvolutionLayer, double, EngineKind::direct>,
    Kind<DeconvolutionLayer, float, EngineKind::direct>, Kind<DeconvolutionLayer, double, EngineKind::direct>,
    Kind<ConvolutionLayer, float, EngineKind::gemm>, Kind<ConvolutionLayer, double, EngineKind::gemm>,
    Kind<DeconvolutionLayer, float, EngineKind::gemm>, Kind<DeconvolutionLayer, double, EngineKind::gemm>>;
TYPED_TEST_SUITE(Weights, Kinds);

TYPED_TEST(Weights, that_are_copied_are_seen) {
    for (int i = 0; i < 3; ++i) {
        const auto values = this->draw();
        this->weights().copy_from_host(values.data());
        EXPECT_EQ(this->run(), this->expected(values));
    }
}

TYPED_TEST(Weights, that_are_filled_are_seen) {
    Filler filler;
    for (const double value : {2.0, -1.0}) {
        filler.value = value;
        fill(this->weights(), filler);
        auto values = this->draw();
        std::fill(values.begin(), values.end(), static_cast<typename TypeParam::Element>(value));
        EXPECT_EQ(this->run(), this->expected(values));
    }
}

// Through one pointer, taken once and written much later.
TYPED_TEST(Weights, that_are_written_through_a_kept_pointer_are_seen) {
    const auto kept = mutable_parameter_data<typename TypeParam::Element>(this->layer_, 0);
    for (int i = 0; i < 4; ++i) {
        const auto values = this->draw();
        std::copy(values.begin(), values.end(), kept.begin());
        EXPECT_EQ(this->run(), this->expected(values));
        EXPECT_EQ(this->run(), this->expected(values));
    }
    // One element, as a solver that changes little would.
    std::vector<typename TypeParam::Element> values(kept.begin(), kept.end());
    for (const std::size_t i : {std::size_t{0}, values.size() / 2, values.size() - 1}) {
        kept[i] += 1;
        values[i] += 1;
        EXPECT_EQ(this->run(), this->expected(values));
    }
}

TYPED_TEST(Weights, that_are_copied_and_then_written_through_an_older_pointer_are_seen) {
    const auto kept = mutable_parameter_data<typename TypeParam::Element>(this->layer_, 0);
    for (int i = 0; i < 2; ++i) {
        auto values = this->draw();
        this->weights().copy_from_host(values.data());
        EXPECT_EQ(this->run(), this->expected(values));
        kept.back() += 2;
        values.back() += 2;
        EXPECT_EQ(this->run(), this->expected(values));
    }
}

TYPED_TEST(Weights, of_another_blob_are_seen) {
    const auto first = this->draw(), second = this->draw();
    const auto first_blob = this->blob_of(first), second_blob = this->blob_of(second);
    for (int i = 0; i < 2; ++i) {
        this->layer_.set_parameter(0, first_blob);
        EXPECT_EQ(this->run(), this->expected(first));
        this->layer_.set_parameter(0, second_blob);
        EXPECT_EQ(this->run(), this->expected(second));
    }
}

// A new blob may lie where the old one lay.
TYPED_TEST(Weights, of_many_blobs_that_come_and_go_are_seen) {
    for (int i = 0; i < 10; ++i) {
        const auto values = this->draw();
        this->layer_.set_parameter(0, this->blob_of(values));
        EXPECT_EQ(this->run(), this->expected(values));
    }
}

TYPED_TEST(Weights, that_another_layer_changes_are_seen) {
    typename TypeParam::Layer other(this->device_, this->layer_.type(), this->options_);
    other.set_parameter(0, this->layer_.parameter(0));
    other.reshape(this->shape_);
    const auto copied = this->draw(), written = this->draw();
    set_parameter_data(other, 0, copied);
    EXPECT_EQ(this->run(), this->expected(copied));
    EXPECT_EQ(this->run(other), this->expected(copied));
    const auto kept = mutable_parameter_data<typename TypeParam::Element>(other, 0);
    std::copy(written.begin(), written.end(), kept.begin());
    EXPECT_EQ(this->run(), this->expected(written));
    EXPECT_EQ(this->run(other), this->expected(written));
}

// A convolution and the deconvolution that is its transpose: one reads forward what the other reads backward.
TYPED_TEST(Weights, that_are_shared_with_the_mirrored_layer_are_seen) {
    using Mirrored = typename TypeParam::Mirrored;
    const ConvolutionOptions o = this->layer_options(this->channels);
    const Shape shape{1, this->num_output, 10, 10};
    Mirrored mirrored(this->device_, this->layer_.type(), o);
    mirrored.set_parameter(0, this->layer_.parameter(0));
    mirrored.reshape(shape);
    for (int i = 0; i < 3; ++i) {
        const auto values = this->draw();
        set_parameter_data(mirrored, 0, values);
        EXPECT_EQ(this->run(), this->expected(values));
        EXPECT_EQ(this->run(mirrored), (this->template expected<Mirrored>(values, shape, o)));
    }
}

TYPED_TEST(Weights, are_kept_over_a_reshape) {
    const auto values = this->draw();
    set_parameter_data(this->layer_, 0, values);
    EXPECT_EQ(this->run(), this->expected(values));
    this->layer_.reshape(this->other_shape_);
    this->layer_.reshape(this->shape_);
    EXPECT_EQ(this->run(), this->expected(values));
}

TYPED_TEST(Weights, that_change_between_reshapes_are_seen) {
    for (int i = 0; i < 2; ++i) {
        this->layer_.reshape(this->other_shape_);
        for (int change = 0; change < 2; ++change) {
            const auto values = this->draw();
            set_parameter_data(this->layer_, 0, values);
            EXPECT_EQ(this->run(),
                      (this->template expected<typename TypeParam::Layer>(values, this->other_shape_, this->options_)));
        }
        this->layer_.reshape(this->shape_);
        for (int change = 0; change < 2; ++change) {
            const auto values = this->draw();
            set_parameter_data(this->layer_, 0, values);
            EXPECT_EQ(this->run(), this->expected(values));
        }
    }
}

}  // namespace
