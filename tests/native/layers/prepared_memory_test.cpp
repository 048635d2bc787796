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

// Each layer prepares for itself, also when several do at once.
TYPED_TEST(PreparedMemory, of_layers_on_many_threads_that_share_a_blob_is_their_own) {
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
