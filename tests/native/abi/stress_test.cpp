// Ten thousand layers on several threads, of every kind, and then nothing.
#include <thread>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

using Stress = NothingLeaks;

using Create = int32_t (*)(cn_layer**, cn_device*, int32_t, const cn_convolution_options*);

/// Creates, runs and destroys one layer; `i` chooses which.
void live_and_die(cn_device* device, int i) {
    static const Create creators[] = {cn_layer_create_convolution, cn_layer_create_deconvolution,
                                      cn_layer_create_im2col};
    const Create create = creators[i % 3];
    auto options = convolution_options(i % 3 == 2 ? 0 : 2 + i % 2);
    cn_layer* layer = nullptr;
    expect_ok(create(&layer, device, CN_FLOAT32, &options));
    const std::vector<int64_t> bottom_shape{1 + i % 2, 2, 4, 5};
    expect_ok(cn_layer_reshape(layer, 4, bottom_shape.data()));
    std::vector<int64_t> top_shape(4);
    int32_t rank = 0;
    expect_ok(cn_layer_top_shape(layer, top_shape.data(), 4, &rank));
    std::vector<float> bottom(static_cast<std::size_t>(40 * (1 + i % 2)), 1), bottom_diff = bottom;
    std::vector<float> top(static_cast<std::size_t>(top_shape[0] * top_shape[1] * top_shape[2] * top_shape[3]), 1);
    const cn_tensor x = tensor_of(bottom, bottom_shape), dx = tensor_of(bottom_diff, bottom_shape),
                    y = tensor_of(top, top_shape);
    expect_ok(cn_layer_forward(layer, &x, 1, &y, 1));
    expect_ok(cn_layer_backward(layer, &y, 1, &x, 1, &dx, nullptr));
    if (i % 3 != 2) {
        cn_blob* weights = nullptr;
        expect_ok(cn_layer_parameter(&weights, layer, 0));
        if (i % 4 == 0) {  // the one or the other goes first
            expect_destroyed(cn_blob_destroy(weights));
            weights = nullptr;
        }
        expect_destroyed(cn_layer_destroy(layer));
        expect_destroyed(cn_blob_destroy(weights));
        return;
    }
    EXPECT_NE(cn_layer_reshape(layer, 3, bottom_shape.data()), CN_OK);
    expect_destroyed(cn_layer_destroy(layer));
}

TEST_F(Stress, ten_thousand_layers_leave_nothing_behind) {
    cn_device* device = open_device(2, 20000);
    constexpr int threads = 4, each = 2500;
    std::vector<std::thread> workers;
    for (int worker = 0; worker < threads; ++worker) {
        workers.emplace_back([=] {
            for (int i = 0; i < each && !testing::Test::HasFailure(); ++i) {
                live_and_die(device, worker * each + i);
            }
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    auto info = sized<cn_device_info>();
    expect_ok(cn_device_trim(device, nullptr));
    expect_ok(cn_device_get_info(device, &info));
    EXPECT_EQ(info.memory_bytes, 0);
    expect_destroyed(cn_device_destroy(device));
}

TEST_F(Stress, many_devices_leave_nothing_behind) {
    for (int i = 0; i < 100; ++i) {
        cn_device* device = open_device(1 + i % 4, 20000);
        live_and_die(device, i);
        expect_destroyed(cn_device_destroy(device));
    }
}

}  // namespace
