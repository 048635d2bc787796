// What the tests of the C interface share. They see the headers and the shared library, nothing of the core.
#pragma once

#include <convnet/convnet.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace abi_tests {

/// A struct of the interface, zero but for its size.
template <class Struct>
Struct sized() {
    Struct value{};
    value.struct_size = sizeof(Struct);
    return value;
}

inline void expect_ok(int32_t status, std::source_location where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected to succeed");
    EXPECT_EQ(status, CN_OK) << cn_status_name(status) << ": " << cn_last_error_message();
    EXPECT_STREQ(cn_last_error_message(), "");
    EXPECT_STREQ(cn_last_error_argument(), "");
}

/// A destroying call succeeded; it leaves the last error as it is.
inline void expect_destroyed(int32_t status, std::source_location where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected to destroy");
    EXPECT_EQ(status, CN_OK) << cn_status_name(status);
}

/// The call that returned `status` failed with `expected`, blamed `argument`, and said all of `parts`.
inline void expect_failure(int32_t status, int32_t expected, std::string_view argument,
                           const std::vector<std::string>& parts = {},
                           std::source_location where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected to fail");
    const std::string_view message = cn_last_error_message();
    EXPECT_EQ(status, expected) << cn_status_name(status) << ": " << message;
    EXPECT_EQ(cn_last_error_argument(), argument) << message;
    EXPECT_NE(message, "");
    for (const std::string& part : parts) {
        EXPECT_NE(message.find(part), std::string_view::npos) << "no \"" << part << "\" in: " << message;
    }
}

inline void expect_invalid(int32_t status, std::string_view argument, const std::vector<std::string>& parts = {},
                           std::source_location where = std::source_location::current()) {
    expect_failure(status, CN_INVALID_ARGUMENT, argument, parts, where);
}

inline cn_live_counts live() {
    auto counts = sized<cn_live_counts>();
    expect_ok(cn_live(&counts));
    return counts;
}

/// Something that is not a handle, to see that a failing call replaces it.
template <class Handle>
Handle* garbage() {
    return reinterpret_cast<Handle*>(uintptr_t{0x10});
}

inline cn_device* open_device(int32_t threads = 1, int64_t workspace = 0, int64_t memory = 0) {
    auto options = sized<cn_cpu_options>();
    options.threads = threads;
    options.workspace_limit_bytes = workspace;
    options.memory_limit_bytes = memory;
    cn_device* device = nullptr;
    expect_ok(cn_device_create_cpu(&device, &options));
    return device;
}

inline const int64_t kernel_3[] = {3};

inline cn_convolution_options convolution_options(int64_t num_output = 4) {
    auto options = sized<cn_convolution_options>();
    expect_ok(cn_convolution_options_init(&options));
    options.num_output = num_output;
    options.kernel = kernel_3;
    options.kernel_count = 1;
    return options;
}

inline cn_layer* create_convolution(cn_device* device, int32_t dtype = CN_FLOAT32) {
    const auto options = convolution_options();
    cn_layer* layer = nullptr;
    expect_ok(cn_layer_create_convolution(&layer, device, dtype, &options));
    return layer;
}

inline cn_blob* create_blob(cn_device* device, std::vector<int64_t> shape, int32_t dtype = CN_FLOAT32) {
    cn_blob* blob = nullptr;
    expect_ok(cn_blob_create(&blob, device, dtype, static_cast<int32_t>(shape.size()), shape.data()));
    return blob;
}

template <class T>
cn_tensor tensor_of(std::vector<T>& values, const std::vector<int64_t>& shape) {
    auto tensor = sized<cn_tensor>();
    tensor.device_type = CN_DEVICE_CPU;
    tensor.dtype = sizeof(T) == 4 ? CN_FLOAT32 : CN_FLOAT64;
    tensor.data = values.data();
    tensor.shape = shape.data();
    tensor.rank = static_cast<int32_t>(shape.size());
    return tensor;
}

/// A test after which as much is alive as before it.
class NothingLeaks : public testing::Test {
protected:
    void SetUp() override { before_ = live(); }

    void TearDown() override {
        const cn_live_counts after = live();
        EXPECT_EQ(after.devices, before_.devices);
        EXPECT_EQ(after.blobs, before_.blobs);
        EXPECT_EQ(after.layers, before_.layers);
        EXPECT_EQ(after.handles, before_.handles);
        EXPECT_EQ(after.bytes, before_.bytes);
    }

private:
    cn_live_counts before_{};
};

/// One device, blob and layer that is reshaped to 1x2x5x5 and gives 1x4x3x3.
class WithObjects : public NothingLeaks {
protected:
    void SetUp() override {
        NothingLeaks::SetUp();
        device_ = open_device();
        blob_ = create_blob(device_, {2, 3});
        layer_ = create_convolution(device_);
        expect_ok(cn_layer_reshape(layer_, 4, bottom_shape_.data()));
        bottom_ = tensor_of(bottom_values_, bottom_shape_);
        top_ = tensor_of(top_values_, top_shape_);
        bottom_diff_ = tensor_of(bottom_diff_values_, bottom_shape_);
        top_diff_ = tensor_of(top_diff_values_, top_shape_);
    }

    void TearDown() override {
        expect_destroyed(cn_layer_destroy(layer_));
        expect_destroyed(cn_blob_destroy(blob_));
        expect_destroyed(cn_device_destroy(device_));
        NothingLeaks::TearDown();
    }

    const std::vector<int64_t> bottom_shape_{1, 2, 5, 5}, top_shape_{1, 4, 3, 3};
    std::vector<float> bottom_values_ = std::vector<float>(50, 1), top_values_ = std::vector<float>(36),
                       bottom_diff_values_ = std::vector<float>(50), top_diff_values_ = std::vector<float>(36, 1);
    cn_tensor bottom_{}, top_{}, bottom_diff_{}, top_diff_{};
    cn_device* device_ = nullptr;
    cn_blob* blob_ = nullptr;
    cn_layer* layer_ = nullptr;
};

}  // namespace abi_tests
