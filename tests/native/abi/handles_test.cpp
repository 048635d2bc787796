// Handles: of the wrong kind, destroyed in any order, on any thread.
#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

using Handles = WithObjects;

template <class Handle>
Handle* as(void* handle) {
    return static_cast<Handle*>(handle);
}

TEST_F(Handles, of_another_kind_are_refused) {
    auto tensor = sized<cn_tensor>();
    auto info = sized<cn_device_info>();
    const int64_t shape[] = {1};
    cn_blob* blob = garbage<cn_blob>();
    const std::vector<std::string> parts{"not a valid handle"};
    for (void* wrong : {static_cast<void*>(blob_), static_cast<void*>(layer_)}) {
        expect_invalid(cn_device_get_info(as<cn_device>(wrong), &info), "device", parts);
        expect_invalid(cn_device_reset_counters(as<cn_device>(wrong)), "device", parts);
        expect_invalid(cn_device_trim(as<cn_device>(wrong), nullptr), "device", parts);
        expect_invalid(cn_blob_create(&blob, as<cn_device>(wrong), CN_FLOAT32, 1, shape), "device", parts);
        expect_invalid(cn_device_destroy(as<cn_device>(wrong)), "device", parts);
    }
    for (void* wrong : {static_cast<void*>(device_), static_cast<void*>(layer_)}) {
        expect_invalid(cn_blob_data(as<cn_blob>(wrong), &tensor), "blob", parts);
        expect_invalid(cn_blob_diff(as<cn_blob>(wrong), &tensor), "blob", parts);
        expect_invalid(cn_blob_clear_diff(as<cn_blob>(wrong)), "blob", parts);
        expect_invalid(cn_blob_reshape(as<cn_blob>(wrong), 1, shape), "blob", parts);
        expect_invalid(cn_layer_set_parameter(layer_, 0, as<cn_blob>(wrong)), "blob", parts);
        expect_invalid(cn_blob_destroy(as<cn_blob>(wrong)), "blob", parts);
    }
    for (void* wrong : {static_cast<void*>(device_), static_cast<void*>(blob_)}) {
        expect_invalid(cn_layer_reshape(as<cn_layer>(wrong), 1, shape), "layer", parts);
        expect_invalid(cn_layer_forward(as<cn_layer>(wrong), &bottom_, 1, &top_, 1), "layer", parts);
        expect_invalid(cn_layer_parameter(&blob, as<cn_layer>(wrong), 0), "layer", parts);
        EXPECT_EQ(blob, nullptr);
        expect_invalid(cn_layer_clear_gradients(as<cn_layer>(wrong)), "layer", parts);
        expect_invalid(cn_layer_destroy(as<cn_layer>(wrong)), "layer", parts);
    }
}

/// Everything that refers to everything else: a device, a layer on it, the layer's weights, and a blob that is the
/// bias of two layers.
struct Family {
    cn_device* device;
    cn_layer *layer, *other;
    cn_blob *weights, *bias;

    Family() : device(open_device(2)), layer(create_convolution(device)), other(create_convolution(device)) {
        const int64_t shape[] = {1, 2, 5, 5};
        expect_ok(cn_layer_reshape(layer, 4, shape));
        expect_ok(cn_layer_reshape(other, 4, shape));
        expect_ok(cn_layer_parameter(&weights, layer, 0));
        bias = create_blob(device, {4});
        expect_ok(cn_layer_set_parameter(layer, 1, bias));
        expect_ok(cn_layer_set_parameter(other, 1, bias));
    }

    std::array<std::function<int32_t()>, 5> destroyers() const {
        const Family copy = *this;
        return {[=] { return cn_device_destroy(copy.device); }, [=] { return cn_layer_destroy(copy.layer); },
                [=] { return cn_layer_destroy(copy.other); }, [=] { return cn_blob_destroy(copy.weights); },
                [=] { return cn_blob_destroy(copy.bias); }};
    }

    Family(const Family&) = default;
};

using Destruction = NothingLeaks;

TEST_F(Destruction, is_possible_in_any_order) {
    std::array<std::size_t, 5> order{0, 1, 2, 3, 4};
    do {
        const cn_live_counts before = live();
        const Family family;
        EXPECT_EQ(live().handles, before.handles + 5);
        EXPECT_EQ(live().devices, before.devices + 1);
        const auto destroyers = family.destroyers();
        for (const std::size_t i : order) {
            expect_destroyed(destroyers[i]());
        }
        const cn_live_counts after = live();
        ASSERT_EQ(after.handles, before.handles);
        ASSERT_EQ(after.devices, before.devices);
        ASSERT_EQ(after.blobs, before.blobs);
        ASSERT_EQ(after.layers, before.layers);
        ASSERT_EQ(after.bytes, before.bytes);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(Destruction, is_possible_on_any_thread) {
    for (int round = 0; round < 20; ++round) {
        const Family family;
        std::vector<std::thread> threads;
        for (const auto& destroy : family.destroyers()) {
            threads.emplace_back([destroy] { expect_destroyed(destroy()); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}

TEST_F(Destruction, of_a_device_leaves_its_layers_working) {
    cn_device* device = open_device(2);
    cn_layer* layer = create_convolution(device);
    expect_destroyed(cn_device_destroy(device));
    const std::vector<int64_t> bottom_shape{1, 2, 5, 5}, top_shape{1, 4, 3, 3};
    expect_ok(cn_layer_reshape(layer, 4, bottom_shape.data()));
    std::vector<float> bottom(50, 1), top(36, 7);
    const cn_tensor in = tensor_of(bottom, bottom_shape), out = tensor_of(top, top_shape);
    expect_ok(cn_layer_forward(layer, &in, 1, &out, 1));
    EXPECT_EQ(top, std::vector<float>(36, 0));
    expect_destroyed(cn_layer_destroy(layer));
}

TEST_F(Destruction, of_a_layer_leaves_its_parameters) {
    cn_device* device = open_device();
    cn_layer* layer = create_convolution(device);
    const int64_t shape[] = {1, 2, 5, 5};
    expect_ok(cn_layer_reshape(layer, 4, shape));
    cn_blob* weights = nullptr;
    expect_ok(cn_layer_parameter(&weights, layer, 0));
    auto tensor = sized<cn_tensor>();
    expect_ok(cn_blob_mutable_data(weights, &tensor));
    float* const values = static_cast<float*>(tensor.data);
    values[71] = 4;
    expect_destroyed(cn_layer_destroy(layer));
    EXPECT_EQ(values[71], 4);
    expect_destroyed(cn_blob_destroy(weights));
    expect_destroyed(cn_device_destroy(device));
}

}  // namespace
