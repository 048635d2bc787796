// What layers keep of their weights takes memory of the device: as much as said, no more as time goes by, and none when
// the layers are gone.
#include <gtest/gtest.h>

#include <thread>

#include "testing/core_layers.hpp"
#include "testing/random.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

template <class LayerType>
class PreparedMemory : public testing::Test {
protected:
    static ConvolutionOptions layer_options(EngineKind engine) {
        ConvolutionOptions o = options(32, {3}, {1}, {1});
        o.engine = engine;
        return o;
    }

    std::unique_ptr<LayerType> make_layer(EngineKind engine = EngineKind::direct) const {
        auto layer = std::make_unique<LayerType>(device_, DataType::float32, layer_options(engine));
        layer->reshape(shape_);
        return layer;
    }

    static void run_both(LayerType& layer) {
        const std::vector<float> bottom(static_cast<std::size_t>(layer.bottom_shape().count()), 1);
        const std::vector<float> top_diff(static_cast<std::size_t>(layer.top_shape().count()), 1);
        layer.set_param_propagate_down(0, false);
        layer.set_param_propagate_down(1, false);
        forward(layer, bottom);
        backward(layer, top_diff, bottom);
    }

    static std::int64_t prepared_bytes(const LayerType& layer) {
        return layer.plan()->prepared_bytes(WeightUse::forward) +
               layer.plan()->prepared_bytes(WeightUse::backward_data);
    }

    /// Of blobs and what is prepared of them.
    std::int64_t bytes() const {
        device_->workspace().trim();
        return device_->memory_bytes();
    }

    const std::shared_ptr<CpuDevice> device_ = open_cpu(2);
    const Shape shape_{1, 24, 10, 10};
};

using Layers = testing::Types<ConvolutionLayer, DeconvolutionLayer>;
TYPED_TEST_SUITE(PreparedMemory, Layers);

TYPED_TEST(PreparedMemory, is_what_the_plan_says_and_given_back_with_the_layer) {
    for (const EngineKind engine : {EngineKind::direct, EngineKind::gemm}) {
        auto layer = this->make_layer(engine);
        const std::int64_t before = this->bytes(), prepared = this->prepared_bytes(*layer);
        EXPECT_EQ(prepared > 0, engine == EngineKind::direct);
        this->run_both(*layer);
        EXPECT_EQ(this->bytes(), before + prepared);
        const auto blob = layer->parameter(0);
        layer.reset();
        EXPECT_EQ(this->bytes(), blob->bytes()) << "only the blob that is held here is left";
    }
    EXPECT_EQ(this->bytes(), 0);
}

TYPED_TEST(PreparedMemory, does_not_grow_when_weights_change) {
    auto layer = this->make_layer();
    Blob& weights = *layer->parameter(0);
    SplitMix64 random(3);
    const std::int64_t before = this->bytes(), prepared = this->prepared_bytes(*layer);
    for (int i = 0; i < 20; ++i) {
        weights.copy_from_host(filled<float>(weights.shape().count(), Fill::integer, random).data());
        this->run_both(*layer);
        ASSERT_EQ(this->bytes(), before + prepared);
    }
    // Who can write unseen is compared with what was prepared, once for each form.
    auto* const kept = static_cast<float*>(weights.mutable_data());
    for (int i = 0; i < 20; ++i) {
        kept[i] += 1;
        this->run_both(*layer);
        ASSERT_LE(this->bytes(), before + prepared + 2 * weights.bytes());
    }
    layer.reset();
    EXPECT_EQ(this->bytes(), 0);
}

TYPED_TEST(PreparedMemory, is_given_back_by_a_reshape) {
    auto layer = this->make_layer();
    const std::int64_t before = this->bytes();
    this->run_both(*layer);
    EXPECT_GT(this->bytes(), before);
    layer->reshape(Shape{2, 24, 7, 9});
    EXPECT_EQ(this->bytes(), before);
}

// As where weights of two kinds take turns.
TYPED_TEST(PreparedMemory, goes_with_the_layer_to_other_weights) {
    auto layer = this->make_layer();
    auto first = layer->parameter(0), second = std::make_shared<Blob>(this->device_, DataType::float32, first->shape());
    const std::int64_t before = this->bytes(), prepared = this->prepared_bytes(*layer);
    for (int i = 0; i < 6; ++i) {
        this->run_both(*layer);
        ASSERT_EQ(this->bytes(), before + prepared);
        layer->set_parameter(0, i % 2 == 0 ? second : first);
    }
    second.reset();
    first.reset();
    this->run_both(*layer);
    EXPECT_EQ(this->bytes(), before - layer->parameter(0)->bytes() + prepared) << "those of another layer are gone";
}

// Nobody may take what another layer reads.
TYPED_TEST(PreparedMemory, stays_for_others_when_a_layer_gets_other_weights) {
    auto first = this->make_layer(), second = this->make_layer();
    second->set_parameter(0, first->parameter(0));
    this->run_both(*first);
    this->run_both(*second);
    const std::int64_t before = this->bytes(), prepared = this->prepared_bytes(*first);
    second->set_parameter(0, std::make_shared<Blob>(this->device_, DataType::float32, first->parameter(0)->shape()));
    this->run_both(*second);
    EXPECT_EQ(this->bytes(), before + first->parameter(0)->bytes() + prepared);
    first.reset();
    second.reset();
    EXPECT_EQ(this->bytes(), 0);
}

// As where each caller of a service has a layer, and perhaps a device, of its own.
TYPED_TEST(PreparedMemory, of_layers_that_share_weights_and_plan_alike_is_one) {
    auto first = this->make_layer();
    this->run_both(*first);
    auto second = this->make_layer();
    TypeParam elsewhere(open_cpu(1), DataType::float32, this->layer_options(EngineKind::direct));
    elsewhere.reshape(this->shape_);
    const std::int64_t before = this->bytes(), weights = first->parameter(0)->bytes();
    second->set_parameter(0, first->parameter(0));
    elsewhere.set_parameter(0, first->parameter(0));
    this->run_both(*second);
    this->run_both(elsewhere);
    EXPECT_EQ(this->bytes(), before - weights) << "the second layer needs no weights of its own any more";
    first.reset();
    EXPECT_EQ(this->bytes(), before - weights - second->parameter(1)->bytes()) << "the others still use the form";
    const std::int64_t prepared = this->prepared_bytes(*second);
    second.reset();
    EXPECT_EQ(this->bytes(), weights + prepared) << "the last one does";
    elsewhere.set_parameter(0, std::make_shared<Blob>(elsewhere.parameter(1)->shared_device(), DataType::float32,
                                                      elsewhere.parameter(0)->shape()));
    this->run_both(elsewhere);
    EXPECT_EQ(this->bytes(), 0);
}

TYPED_TEST(PreparedMemory, of_layers_that_plan_for_themselves_is_their_own) {
    auto first = this->make_layer();
    this->run_both(*first);
    const std::int64_t prepared = this->prepared_bytes(*first);
    const auto added_by = [&](TypeParam& other) {
        other.set_parameter(0, first->parameter(0));
        const std::int64_t before = this->bytes();
        this->run_both(other);
        return this->bytes() - before;
    };
    TypeParam of_another_shape(this->device_, DataType::float32, this->layer_options(EngineKind::direct));
    of_another_shape.reshape(Shape{1, 24, 10, 12});
    EXPECT_GT(added_by(of_another_shape), 0);
    ConvolutionOptions strict = this->layer_options(EngineKind::direct);
    strict.accuracy = Accuracy::strict;
    TypeParam of_another_accuracy(this->device_, DataType::float32, strict);
    of_another_accuracy.reshape(this->shape_);
    EXPECT_GT(added_by(of_another_accuracy), 0);
    const auto timing = CpuDevice::open({.threads = 1, .autotune = true});
    for (int i = 0; i < 2; ++i) {
        TypeParam timed(timing, DataType::float32, this->layer_options(EngineKind::direct));
        timed.reshape(this->shape_);
        EXPECT_EQ(added_by(timed), this->prepared_bytes(timed)) << "where the weights are";
    }
    TypeParam with_little_workspace(open_cpu(1, 1 << 20), DataType::float32, this->layer_options(EngineKind::direct));
    with_little_workspace.reshape(this->shape_);
    EXPECT_EQ(added_by(with_little_workspace), this->prepared_bytes(with_little_workspace));
    EXPECT_EQ(this->prepared_bytes(*first), prepared);
}

// Once the weights change, one layer prepares them and the others, which all ask at once, wait for it.
TYPED_TEST(PreparedMemory, is_seen_by_layers_on_many_threads_as_the_weights_change) {
    constexpr int callers = 4, rounds = 20;
    auto first = this->make_layer();
    const auto weights = first->parameter(0);
    std::vector<std::unique_ptr<TypeParam>> layers;
    for (int i = 0; i < callers; ++i) {
        layers.push_back(
            std::make_unique<TypeParam>(open_cpu(1), DataType::float32, this->layer_options(EngineKind::direct)));
        layers.back()->set_parameter(0, weights);
        layers.back()->reshape(this->shape_);
    }
    SplitMix64 random(4);
    const auto bottom = filled<float>(this->shape_.count(), Fill::integer, random);
    std::vector<float> expected, before;
    for (int round = 0; round < rounds; ++round) {
        const auto values = filled<float>(weights->shape().count(), Fill::integer, random);
        if (round < rounds / 2) {
            weights->copy_from_host(values.data());
        } else {
            std::copy(values.begin(), values.end(), static_cast<float*>(weights->mutable_data()));
        }
        auto alone = this->make_layer();
        set_parameter_data(*alone, 0, values);
        expected = forward(*alone, bottom);
        ASSERT_NE(expected, before);
        before = expected;
        std::vector<std::vector<float>> results(callers);
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < callers; ++i) {
            threads.emplace_back([&, i] { results[i] = forward(*layers[i], bottom); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (const auto& result : results) {
            ASSERT_EQ(result, expected) << "round " << round;
        }
    }
}

TYPED_TEST(PreparedMemory, of_layers_that_come_and_go_on_many_threads_is_given_back) {
    auto first = this->make_layer();
    SplitMix64 random(4);
    const auto weights = filled<float>(first->parameter(0)->shape().count(), Fill::integer, random);
    const auto bottom = filled<float>(this->shape_.count(), Fill::integer, random);
    first->parameter(0)->copy_from_host(weights.data());
    const auto expected = forward(*first, bottom);
    EXPECT_TRUE(std::any_of(expected.begin(), expected.end(), [](float value) { return value != 0; }));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 10; ++round) {
                const auto layer = this->make_layer();
                layer->set_parameter(0, first->parameter(0));
                EXPECT_EQ(forward(*layer, bottom), expected);
                EXPECT_EQ(forward(*layer, bottom), expected);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    first.reset();
    EXPECT_EQ(this->bytes(), 0);
}

}  // namespace
