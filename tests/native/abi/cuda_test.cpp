// CUDA devices through the C interface, real or emulated.
#include <cstdio>
#include <cstring>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

class Cuda : public NothingLeaks {
protected:
    void SetUp() override {
        NothingLeaks::SetUp();
        expect_ok(cn_device_create_cuda(&device_, nullptr));
    }

    void TearDown() override {
        expect_destroyed(cn_device_destroy(device_));
        NothingLeaks::TearDown();
    }

    cn_device* device_ = nullptr;
};

TEST_F(Cuda, device_says_what_it_is) {
    int32_t count = 0;
    expect_ok(cn_cuda_device_count(&count));
    ASSERT_GE(count, 1);
    auto cuda = sized<cn_cuda_device_info>();
    expect_ok(cn_cuda_get_device_info(0, &cuda));
    EXPECT_EQ(cuda.index, 0);
    EXPECT_GT(std::strlen(cuda.name), 0U);
    EXPECT_GT(cuda.memory_bytes, 0);
    EXPECT_GT(cuda.multiprocessors, 0);
    EXPECT_EQ(cuda.cudnn_version == 0, std::strlen(cuda.cudnn_absence) > 0);
    expect_invalid(cn_cuda_get_device_info(count, &cuda), "index", {std::to_string(count)});
    cuda.struct_size = 8;
    expect_invalid(cn_cuda_get_device_info(0, &cuda), "info", {"struct_size"});

    auto info = sized<cn_device_info>();
    expect_ok(cn_device_get_info(device_, &info));
    EXPECT_EQ(info.type, CN_DEVICE_CUDA);
    EXPECT_EQ(info.index, 0);
    EXPECT_EQ(info.threads, 1);
}

TEST_F(Cuda, options_are_checked) {
    const auto create = [](const auto& spoil) {
        auto options = sized<cn_cuda_options>();
        spoil(options);
        cn_device* device = garbage<cn_device>();
        const int32_t status = cn_device_create_cuda(&device, &options);
        EXPECT_EQ(device, nullptr);
        return status;
    };
    expect_invalid(create([](auto& o) { o.struct_size = 4; }), "options", {"struct_size"});
    expect_invalid(create([](auto& o) { o.index = 99; }), "index", {"99"});
    expect_invalid(create([](auto& o) { o.index = -1; }), "index", {"-1"});
    expect_invalid(create([](auto& o) { o.workspace_limit_bytes = -1; }), "workspace_limit_bytes", {"-1"});
    expect_invalid(create([](auto& o) { o.memory_limit_bytes = -1; }), "memory_limit_bytes", {"-1"});
    expect_invalid(create([](auto& o) { o.deterministic = 2; }), "deterministic", {"2"});
    expect_invalid(create([](auto& o) { o.tf32 = -1; }), "tf32", {"-1"});
    expect_invalid(create([](auto& o) { o.autotune = 3; }), "autotune", {"3"});
}

// Values go there, through a layer and back; the tensors of the blobs say where they are.
TEST_F(Cuda, layer_computes_on_blobs) {
    cn_blob* const bottom = create_blob(device_, {1, 2, 5, 5});
    cn_blob* const top = create_blob(device_, {1, 4, 3, 3});
    cn_layer* const layer = create_convolution(device_);
    const int64_t shape[] = {1, 2, 5, 5};
    expect_ok(cn_layer_reshape(layer, 4, shape));
    cn_blob* weights = nullptr;
    expect_ok(cn_layer_parameter(&weights, layer, 0));
    auto filler = sized<cn_filler>();
    expect_ok(cn_filler_init(&filler));
    filler.value = 2;
    expect_ok(cn_blob_fill(weights, &filler));
    std::vector<float> values(50, 1);
    expect_ok(cn_blob_copy_from(bottom, values.data(), 50));

    auto x = sized<cn_tensor>(), y = sized<cn_tensor>(), dx = sized<cn_tensor>(), dy = sized<cn_tensor>();
    expect_ok(cn_blob_data(bottom, &x));
    EXPECT_EQ(x.device_type, CN_DEVICE_CUDA);
    expect_ok(cn_blob_mutable_data(top, &y));
    expect_ok(cn_layer_forward(layer, &x, 1, &y, 1));
    std::vector<float> result(36);
    expect_ok(cn_blob_copy_to(top, result.data(), 36));
    EXPECT_EQ(result, std::vector<float>(36, 36)) << "18 products of 1 and 2";

    std::vector<float> gradients(36, 1);
    expect_ok(cn_blob_copy_diff_from(top, gradients.data(), 36));
    expect_ok(cn_blob_diff(top, &dy));
    expect_ok(cn_blob_diff(bottom, &dx));
    expect_ok(cn_layer_backward(layer, &dy, 1, &x, 1, &dx, nullptr));
    std::vector<float> back(50);
    expect_ok(cn_blob_copy_diff_to(bottom, back.data(), 50));
    EXPECT_EQ(back[0], 8) << "one window of 4 outputs, weights 2";
    EXPECT_EQ(back[12], 72) << "nine windows";
    std::vector<float> weight_gradients(72);
    expect_ok(cn_blob_copy_diff_to(weights, weight_gradients.data(), 72));
    EXPECT_EQ(weight_gradients, std::vector<float>(72, 9));

    expect_destroyed(cn_blob_destroy(weights));
    expect_destroyed(cn_layer_destroy(layer));
    expect_destroyed(cn_blob_destroy(top));
    expect_destroyed(cn_blob_destroy(bottom));
}

TEST_F(Cuda, copies_are_checked) {
    cn_blob* const blob = create_blob(device_, {2, 3});
    std::vector<float> values(6);
    expect_invalid(cn_blob_copy_to(blob, values.data(), 5), "count", {"5", "6"});
    expect_invalid(cn_blob_copy_to(blob, nullptr, 6), "destination", {"NULL"});
    expect_invalid(cn_blob_copy_diff_to(blob, values.data(), 7), "count", {"7"});
    expect_invalid(cn_blob_copy_diff_from(blob, values.data(), -6), "count", {"-6"});
    expect_ok(cn_blob_copy_diff_to(blob, values.data(), 6));
    EXPECT_EQ(values, std::vector<float>(6));
    expect_destroyed(cn_blob_destroy(blob));
}

TEST_F(Cuda, stores_and_computes_types_of_16_bits) {
    for (const int32_t type : {CN_FLOAT16, CN_BFLOAT16}) {
        cn_blob* const blob = create_blob(device_, {4}, type);
        auto filler = sized<cn_filler>();
        expect_ok(cn_filler_init(&filler));
        filler.value = 1;
        expect_ok(cn_blob_fill(blob, &filler));
        std::vector<uint16_t> bits(4);
        expect_ok(cn_blob_copy_to(blob, bits.data(), 4));
        EXPECT_EQ(bits, std::vector<uint16_t>(4, type == CN_FLOAT16 ? 0x3c00 : 0x3f80));
        expect_destroyed(cn_blob_destroy(blob));
        cn_layer* const layer = create_convolution(device_, type);
        const int64_t shape[] = {1, 2, 5, 5};
        expect_ok(cn_layer_reshape(layer, 4, shape));
        expect_destroyed(cn_layer_destroy(layer));
    }
}

TEST_F(Cuda, streams_pinned_memory_and_counts) {
    void *stream = nullptr, *now = this, *pinned = nullptr;
    expect_ok(cn_device_get_stream(device_, &now));
    EXPECT_EQ(now, nullptr);
    expect_ok(cn_device_create_stream(device_, &stream));
    expect_ok(cn_device_set_stream(device_, stream));
    expect_ok(cn_device_get_stream(device_, &now));
    EXPECT_EQ(now, stream);
    expect_ok(cn_device_synchronize(device_));
    expect_ok(cn_device_destroy_stream(device_, stream));
    expect_ok(cn_device_get_stream(device_, &now));
    EXPECT_EQ(now, nullptr) << "the default stream took its place";

    expect_ok(cn_device_allocate_pinned(device_, 64, &pinned));
    std::memset(pinned, 0, 64);
    expect_destroyed(cn_device_free_pinned(device_, pinned));
    expect_destroyed(cn_device_free_pinned(device_, nullptr));
    expect_invalid(cn_device_allocate_pinned(device_, 0, &pinned), "bytes", {"0"});

    cn_blob* const blob = create_blob(device_, {1000});
    auto memory = sized<cn_device_memory>();
    expect_ok(cn_device_get_memory(device_, &memory));
    EXPECT_EQ(memory.used_bytes, 4000);
    EXPECT_GE(memory.reserved_bytes, memory.used_bytes);
    EXPECT_GT(memory.free_bytes, 0);
    EXPECT_GE(memory.total_bytes, memory.free_bytes);
    expect_destroyed(cn_blob_destroy(blob));
    int64_t freed = -1;
    expect_ok(cn_device_trim(device_, &freed));
    EXPECT_GE(freed, 0);
    expect_ok(cn_device_get_memory(device_, &memory));
    EXPECT_EQ(memory.used_bytes, 0);
}

TEST_F(Cuda, only_cuda_devices_have_what_cuda_has) {
    cn_device* const cpu = open_device();
    void* pointer = nullptr;
    auto memory = sized<cn_device_memory>();
    const std::vector<int32_t (*)(cn_device*, void**)> calls{
        [](cn_device* d, void**) { return cn_device_set_stream(d, nullptr); },
        [](cn_device* d, void** p) { return cn_device_get_stream(d, p); },
        [](cn_device* d, void** p) { return cn_device_create_stream(d, p); },
        [](cn_device* d, void** p) { return cn_device_destroy_stream(d, p); },
        [](cn_device* d, void** p) { return cn_device_allocate_pinned(d, 8, p); }};
    for (const auto call : calls) {
        expect_failure(call(cpu, &pointer), CN_UNSUPPORTED, "device", {"not a CUDA device"});
    }
    expect_failure(cn_device_free_pinned(cpu, &pointer), CN_UNSUPPORTED, "device", {"not a CUDA device"});
    expect_failure(cn_device_get_memory(cpu, &memory), CN_UNSUPPORTED, "device", {"not a CUDA device"});
    expect_ok(cn_device_synchronize(cpu));
    expect_destroyed(cn_device_destroy(cpu));
}

}  // namespace

int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    auto info = sized<cn_cuda_device_info>();
    if (cn_cuda_get_device_info(0, &info) != CN_OK) {
        std::printf("skipped: %s\n", cn_last_error_message());
        return 77;  // which CTest is told to take for skipped
    }
    std::printf("on %s\n", info.name);
    return RUN_ALL_TESTS();
}
