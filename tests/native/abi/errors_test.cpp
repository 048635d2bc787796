// The last error: of this thread, of the last call, and nothing kept of it after a success.
#include <functional>
#include <thread>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

using Errors = WithObjects;

TEST_F(Errors, are_forgotten_by_the_next_success) {
    expect_invalid(cn_blob_destroy(reinterpret_cast<cn_blob*>(layer_)), "blob");
    EXPECT_STRNE(cn_last_error_message(), "");
    EXPECT_STRNE(cn_last_error_message(), "") << "asking does not clear it";
    expect_ok(cn_device_trim(device_, nullptr));
    EXPECT_STREQ(cn_last_error_message(), "");
    EXPECT_STREQ(cn_last_error_argument(), "");
}

// A finalizer may destroy something between a call that failed and the question why.
TEST_F(Errors, outlive_destruction) {
    expect_invalid(cn_device_trim(nullptr, nullptr), "device");
    expect_destroyed(cn_blob_destroy(nullptr));
    EXPECT_STREQ(cn_last_error_argument(), "device");
    expect_destroyed(cn_layer_destroy(nullptr));
    expect_destroyed(cn_device_destroy(nullptr));
    EXPECT_NE(std::string(cn_last_error_message()).find("device is NULL"), std::string::npos);
}

TEST_F(Errors, replace_each_other) {
    expect_invalid(cn_device_trim(nullptr, nullptr), "device");
    expect_failure(cn_layer_reshape(layer_, 3, bottom_shape_.data()), CN_INVALID_ARGUMENT, "shape", {"3 axes"});
    EXPECT_EQ(std::string(cn_last_error_message()).find("device"), std::string::npos);
}

TEST_F(Errors, belong_to_their_thread) {
    expect_invalid(cn_device_trim(nullptr, nullptr), "device");
    std::thread other([&] {
        EXPECT_STREQ(cn_last_error_message(), "");
        EXPECT_STREQ(cn_last_error_argument(), "");
        expect_invalid(cn_blob_clear_diff(nullptr), "blob");
    });
    other.join();
    EXPECT_STREQ(cn_last_error_argument(), "device") << "the other thread's error is not ours";
    std::thread([] {
        auto info = sized<cn_version_info>();
        expect_ok(cn_version(&info));
    }).join();
    EXPECT_STREQ(cn_last_error_argument(), "device") << "nor does its success clear ours";
}

// A finalizer may destroy something between the call that failed and the question why.
TEST_F(Errors, outlast_what_is_destroyed) {
    cn_blob* const other = create_blob(device_, {2});
    expect_invalid(cn_device_trim(nullptr, nullptr), "device");
    expect_destroyed(cn_blob_destroy(other));
    EXPECT_STREQ(cn_last_error_argument(), "device");
}

TEST_F(Errors, of_geometry_name_the_values) {
    const int64_t small[] = {1, 2, 2, 5}, channels[] = {1, 3, 5, 5};
    expect_invalid(cn_layer_reshape(layer_, 4, small), "shape", {"spatial axis 0", "extent 2", "kernel 3"});
    expect_invalid(cn_layer_reshape(layer_, 4, channels), "shape", {"4x2x3x3", "4x3x3x3"});
    // The layer is as it was.
    expect_ok(cn_layer_forward(layer_, &bottom_, 1, &top_, 1));
}

class Memory : public NothingLeaks {};

// A limit that is reached at every possible point of what a user does.
TEST_F(Memory, exhausted_anywhere_leaks_nothing) {
    const int64_t shape[] = {2, 2, 9, 9};
    bool finished = false;
    int failures = 0;
    for (int64_t limit = 64; !finished; limit += 256) {
        const cn_live_counts before = live();
        cn_device* device = open_device(2, 4000, limit);
        cn_layer* layer = create_convolution(device);
        cn_blob *bottom = nullptr, *top = nullptr;
        const std::vector<int64_t> top_shape{2, 4, 7, 7};
        auto x = sized<cn_tensor>(), y = sized<cn_tensor>(), dx = sized<cn_tensor>(), dy = sized<cn_tensor>();
        const std::vector<std::function<int32_t()>> steps{
            [&] { return cn_blob_create(&bottom, device, CN_FLOAT32, 4, shape); },
            [&] { return cn_blob_create(&top, device, CN_FLOAT32, 4, top_shape.data()); },
            [&] { return cn_layer_reshape(layer, 4, shape); },
            [&] { return cn_blob_data(bottom, &x); },
            [&] { return cn_blob_diff(bottom, &dx); },
            [&] { return cn_blob_mutable_data(top, &y); },
            [&] { return cn_blob_diff(top, &dy); },
            [&] { return cn_layer_forward(layer, &x, 1, &y, 1); },
            [&] { return cn_layer_backward(layer, &dy, 1, &x, 1, &dx, nullptr); },
        };
        finished = true;
        for (const auto& step : steps) {
            const int32_t status = step();
            if (status != CN_OK) {
                EXPECT_EQ(status, CN_OUT_OF_MEMORY) << cn_last_error_message();
                EXPECT_NE(std::string(cn_last_error_message()).find(std::to_string(limit)), std::string::npos)
                    << cn_last_error_message();
                finished = false;
                ++failures;
                break;
            }
        }
        auto info = sized<cn_device_info>();
        expect_ok(cn_device_get_info(device, &info));
        EXPECT_LE(info.memory_bytes, limit);
        expect_destroyed(cn_blob_destroy(bottom));
        expect_destroyed(cn_blob_destroy(top));
        expect_destroyed(cn_layer_destroy(layer));
        expect_destroyed(cn_device_destroy(device));
        ASSERT_EQ(live().bytes, before.bytes) << "limit " << limit;
        ASSERT_EQ(live().blobs, before.blobs);
        ASSERT_LT(limit, 1 << 20);
    }
    EXPECT_GT(failures, 10);
}

TEST_F(Memory, too_large_to_exist_is_out_of_memory) {
    cn_device* device = open_device();
    const int64_t shape[] = {int64_t{1} << 55};
    cn_blob* blob = garbage<cn_blob>();
    expect_failure(cn_blob_create(&blob, device, CN_FLOAT32, 1, shape), CN_OUT_OF_MEMORY, "",
                   {std::to_string(int64_t{1} << 57)});
    EXPECT_EQ(blob, nullptr);
    expect_destroyed(cn_device_destroy(device));
}

TEST_F(Memory, limits_and_use_are_told) {
    cn_device* device = open_device(3, 5000, 100000);
    auto info = sized<cn_device_info>();
    expect_ok(cn_device_get_info(device, &info));
    EXPECT_EQ(info.type, CN_DEVICE_CPU);
    EXPECT_EQ(info.index, 0);
    EXPECT_EQ(info.threads, 3);
    EXPECT_EQ(info.workspace_limit_bytes, 5000);
    EXPECT_EQ(info.memory_limit_bytes, 100000);
    EXPECT_EQ(info.memory_bytes, 0);
    cn_blob* blob = create_blob(device, {10, 10});
    expect_ok(cn_device_get_info(device, &info));
    EXPECT_EQ(info.memory_bytes, 400);
    EXPECT_GE(live().bytes, 400);
    expect_destroyed(cn_blob_destroy(blob));
    expect_ok(cn_device_get_info(device, &info));
    EXPECT_EQ(info.memory_bytes, 0);
    expect_destroyed(cn_device_destroy(device));
}

}  // namespace
