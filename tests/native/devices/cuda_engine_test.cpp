// Who computes on a CUDA device, and what is refused there.
#include <gtest/gtest.h>

#include <functional>

#include "layers/bias_layer.hpp"
#include "testing/core_layers.hpp"
#include "testing/device_array.hpp"
#include "testing/errors.hpp"
#include "testing/random.hpp"

#include "devices/cuda/cuda_device.hpp"
#include "devices/cuda/cuda_plugin.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

std::shared_ptr<CudaDevice> open(const CudaOptions& asked = {}) { return CudaDevice::open(asked); }

bool has_cudnn() { return cuda::cudnn().available != 0; }

TensorView device_view(const DeviceArray<float>& array, const Shape& shape) {
    return {array.data(), DeviceType::cuda, 0, DataType::float32, shape.extents(), nullptr};
}

std::vector<float> run(Layer& layer, const std::vector<float>& bottom) {
    const DeviceArray<float> x(layer.device(), bottom);
    const DeviceArray<float> y(layer.device(), layer.top_shape().count());
    const TensorView in = device_view(x, layer.bottom_shape()), out = device_view(y, layer.top_shape());
    layer.forward({&in, 1}, {&out, 1});
    EXPECT_TRUE(y.guards_untouched());
    return y.values();
}

std::unique_ptr<ConvolutionLayer> convolution(const std::shared_ptr<CudaDevice>& device,
                                              EngineKind engine = EngineKind::automatic) {
    ConvolutionOptions o = options(2, {3});
    o.engine = engine;
    auto layer = std::make_unique<ConvolutionLayer>(device, DataType::float32, o);
    layer->reshape(Shape{2, 3, 6, 5});
    SplitMix64 random(1);
    for (int i = 0; i < 2; ++i) {
        const auto values = filled<float>(layer->parameter(i)->shape().count(), Fill::integer, random);
        layer->parameter(i)->copy_from_host(values.data());
    }
    return layer;
}

std::vector<float> bottom() {
    SplitMix64 random(2);
    return filled<float>(2 * 3 * 6 * 5, Fill::integer, random);
}

TEST(CudaEngines, automatic_takes_cudnn_where_it_can_and_gemm_elsewhere) {
    const auto layer = convolution(open());
    EXPECT_STREQ(layer->plan()->engine_name(), has_cudnn() ? "cudnn" : "gemm");
    EXPECT_STRNE(layer->algorithms().forward, "");
    ConvolutionLayer four_axes(open(), DataType::float32, options(2, {2}));
    four_axes.reshape(Shape{1, 2, 3, 3, 3, 3});
    EXPECT_STREQ(four_axes.plan()->engine_name(), "gemm");
}

TEST(CudaEngines, engines_agree) {
    const auto gemm = convolution(open(), EngineKind::gemm);
    EXPECT_STREQ(gemm->plan()->engine_name(), "gemm");
    const auto automatic = convolution(open());
    EXPECT_EQ(run(*gemm, bottom()), run(*automatic, bottom()));
}

TEST(CudaEngines, cudnn_that_cannot_is_an_error_that_says_why) {
    ConvolutionOptions o = options(2, {2});
    o.engine = EngineKind::cudnn;
    ConvolutionLayer layer(open(), DataType::float32, o);
    expect_error(
        [&] {
            layer.reshape(Shape{1, 2, 3, 3, 3, 3});
        },
        Status::unsupported, "engine", {"engine cudnn cannot compute", "choose another engine"});
}

// A plan that finds no memory for its workspace takes the next algorithm; the limit is never passed.
TEST(CudaEngines, go_on_with_less_memory) {
    const std::vector<float> expected = [] {
        const auto layer = convolution(open());
        return run(*layer, bottom());
    }();
    CudaOptions short_of_workspace;
    short_of_workspace.workspace_limit_bytes = 4096;
    const auto small = open(short_of_workspace);
    const auto first = convolution(small);
    EXPECT_EQ(run(*first, bottom()), expected);
    EXPECT_LE(small->workspace().peak_bytes(), 4096);

    CudaOptions short_of_memory;
    short_of_memory.memory_limit_bytes = 8192;
    const auto full = open(short_of_memory);
    const auto second = convolution(full);
    EXPECT_EQ(run(*second, bottom()), expected);
    EXPECT_LE(full->memory_bytes(), 8192);
}

TEST(CudaEngines, autotuning_gives_its_memory_back) {
    CudaOptions tuned;
    tuned.autotune = true;
    const auto device = open(tuned);
    const auto layer = convolution(device);
    const std::int64_t parameters = layer->parameter(0)->bytes() + layer->parameter(1)->bytes();
    const std::vector<float> top = run(*layer, bottom());
    EXPECT_EQ(device->memory_bytes(), parameters + device->workspace().allocated_bytes());
    EXPECT_EQ(run(*layer, bottom()), top);
}

TEST(CudaEngines, count_their_column_operations) {
    const auto device = open();
    const auto layer = convolution(device, EngineKind::gemm);
    run(*layer, bottom());
    EXPECT_EQ(device->counters().im2col, 1);
    EXPECT_EQ(device->counters().gemm, 1);
}

TEST(CudaEngines, refuse_memory_of_the_host) {
    const auto layer = convolution(open());
    const std::vector<float> x = bottom();
    std::vector<float> y(static_cast<std::size_t>(layer->top_shape().count()));
    const TensorView in = view(x.data(), layer->bottom_shape()), out = view(y.data(), layer->top_shape());
    expect_error(
        [&] {
            layer->forward({&in, 1}, {&out, 1});
        },
        Status::invalid_argument, "bottoms[0]", {"is on device 1:0, but the layer is on 2:0"});
}

TEST(CudaEngines, cpu_declines_types_of_16_bits) {
    for (const DataType type : {DataType::float16, DataType::bfloat16}) {
        for (const auto& make : std::initializer_list<std::function<void()>>{
                 [&] { ConvolutionLayer(open_cpu(), type, options(2, {3})); },
                 [&] { DeconvolutionLayer(open_cpu(), type, options(2, {3})); },
                 [&] { Im2colLayer(open_cpu(), type, options(0, {2})); }, [&] { BiasLayer(open_cpu(), type, 1, 1); }}) {
            expect_error(make, Status::unsupported, "dtype", {name_of(type), "the CPU", "CUDA device"});
        }
    }
}

ConvolutionOptions channels_last(std::vector<std::int64_t> kernel, EngineKind engine) {
    ConvolutionOptions o = options(4, std::move(kernel));
    o.engine = engine;
    o.layout = TensorLayout::channels_last;
    return o;
}

/// What a layer with channels last computes with its weights changed to `weights`, by a copy or through a pointer.
std::vector<float> with_weights(Layer& layer, const std::vector<float>& weights, const std::vector<float>& bottom,
                                bool through_pointer) {
    Blob& blob = *layer.parameter(0);
    if (through_pointer) {
        layer.device().copy_from_host(blob.mutable_data(), weights.data(), blob.bytes());
    } else {
        blob.copy_from_host(weights.data());
    }
    return run(layer, bottom);
}

// cuDNN reads a turned copy of the weights, which must never be an old one.
TEST(CudaEngines, weights_that_changed_are_turned_again) {
    const auto device = open();
    ConvolutionLayer by_gemm(device, DataType::float32, channels_last({3}, EngineKind::gemm)),
        automatic(device, DataType::float32, channels_last({3}, EngineKind::automatic));
    by_gemm.reshape(Shape{2, 6, 5, 3});
    automatic.reshape(Shape{2, 6, 5, 3});
    EXPECT_EQ(by_gemm.top_shape(), (Shape{2, 4, 3, 4}));
    EXPECT_STREQ(automatic.plan()->engine_name(), has_cudnn() ? "cudnn" : "gemm");
    SplitMix64 random(5);
    for (const bool through_pointer : {false, false, true, true}) {
        const auto weights = filled<float>(by_gemm.parameter(0)->shape().count(), Fill::integer, random);
        EXPECT_EQ(with_weights(automatic, weights, bottom(), through_pointer),
                  with_weights(by_gemm, weights, bottom(), through_pointer));
    }
}

TEST(CudaEngines, cudnn_declines_channels_last_without_workspace_for_the_gradient) {
    if (!has_cudnn()) {
        GTEST_SKIP() << "there is no cuDNN here";
    }
    CudaOptions small;
    small.workspace_limit_bytes = 300;
    ConvolutionLayer three(open(small), DataType::float32, channels_last({3}, EngineKind::cudnn));
    expect_error(
        [&] {
            three.reshape(Shape{1, 6, 5, 3});
        },
        Status::unsupported, "engine", {"channels last", "212 bytes are missing", "workspace limit"});
    ConvolutionLayer one(open(small), DataType::float32, channels_last({1}, EngineKind::cudnn));
    one.reshape(Shape{1, 6, 5, 3});
    EXPECT_STREQ(one.plan()->engine_name(), "cudnn") << "nothing is turned for 1x1 windows";
}

}  // namespace
