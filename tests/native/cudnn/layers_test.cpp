// From layers down to cuDNN: which of its functions each pass of each layer calls, and how a device's options reach them.
// The device is emulated, and so computes in the fake.
#include <cstdlib>

#include "cudnn/fixture.hpp"
#include "devices/cuda/cuda_device.hpp"
#include "testing/core_layers.hpp"
#include "testing/device_array.hpp"

using namespace testing_support;
using namespace convnet;

namespace {

using Names = std::vector<std::string>;

class CudnnLayers : public CudnnTest {
protected:
    static void SetUpTestSuite() {
        setenv("CONVNET_CUDNN", FAKE_CUDNN, 1);
        setenv("CONVNET_CUDA_PLUGIN", CUDA_EMULATED, 1);
    }

    CudnnLayers() {
        // Loading the plug-in tells the fake how to reach the device's memory; that happens once in a process.
        static const auto memory = [this] {
            CudaDevice::open({});
            return fake.memory;
        }();
        fake.memory = memory;
        fake.keeps_calls = true;
        fake.graph_engines.clear();
        fake.duration = nullptr;
        fake.workspaces.clear();
        offer_all({offer(1)});
    }

    std::unique_ptr<Layer> convolution(const CudaOptions& on = {}) { return reshaped<ConvolutionLayer>(on); }
    std::unique_ptr<Layer> deconvolution(const CudaOptions& on = {}) { return reshaped<DeconvolutionLayer>(on); }

    template <class LayerType>
    std::unique_ptr<Layer> reshaped(const CudaOptions& on, const std::optional<float>& negative_slope = {}) {
        ConvolutionOptions o = options(4, {3});
        o.engine = EngineKind::cudnn;
        o.activation = negative_slope ? Activation::relu : Activation::none;
        o.negative_slope = negative_slope.value_or(0);
        auto layer = std::make_unique<LayerType>(CudaDevice::open(on), DataType::float32, o);
        layer->reshape(Shape{2, 3, 7, 6});
        return layer;
    }

    /// The work of cuDNN, in order, for a forward or a backward pass on whatever is in memory.
    Names work_of_forward(Layer& layer) {
        const DeviceArray<float> x(layer.device(), layer.bottom_shape().count()),
            y(layer.device(), layer.top_shape().count());
        const TensorView in = view(x, layer.bottom_shape()), out = view(y, layer.top_shape());
        fake.calls.clear();
        layer.forward({&in, 1}, {&out, 1});
        return names();
    }

    Names work_of_backward(Layer& layer) {
        const DeviceArray<float> x(layer.device(), layer.bottom_shape().count()),
            dx(layer.device(), layer.bottom_shape().count()), dy(layer.device(), layer.top_shape().count());
        const TensorView top_diff = view(dy, layer.top_shape()), bottom = view(x, layer.bottom_shape()),
                         bottom_diff = view(dx, layer.bottom_shape());
        fake.calls.clear();
        layer.backward({&top_diff, 1}, {&bottom, 1}, {&bottom_diff, 1}, {});
        return names();
    }

    static std::vector<float> top_of_ones(Layer& layer) {
        const std::vector<float> ones(static_cast<std::size_t>(layer.bottom_shape().count()), 1);
        const DeviceArray<float> x(layer.device(), ones), y(layer.device(), layer.top_shape().count());
        const TensorView in = view(x, layer.bottom_shape()), out = view(y, layer.top_shape());
        layer.forward({&in, 1}, {&out, 1});
        return y.values();
    }

    static TensorView view(const DeviceArray<float>& array, const Shape& shape) {
        return {array.data(), DeviceType::cuda, 0, DataType::float32, shape.extents(), nullptr};
    }

    Names names() const {
        Names result;
        for (const Call& call : fake.calls) {
            result.push_back(call.function);
        }
        return result;
    }
};

TEST_F(CudnnLayers, ConvolutionGoesForwardWithTheBiasFused) {
    EXPECT_EQ(work_of_forward(*convolution()), Names{"cudnnConvolutionBiasActivationForward"});
}

TEST_F(CudnnLayers, ConvolutionGoesBackByBothGradients) {
    EXPECT_EQ(work_of_backward(*convolution()),
              (Names{"cudnnConvolutionBackwardData", "cudnnConvolutionBackwardFilter"}));
}

TEST_F(CudnnLayers, DeconvolutionGoesForwardByBackwardData) {
    EXPECT_EQ(work_of_forward(*deconvolution()), (Names{"cudnnConvolutionBackwardData", "cudnnAddTensor"}));
}

TEST_F(CudnnLayers, DeconvolutionGoesBackByForwardAndFilterGradient) {
    EXPECT_EQ(work_of_backward(*deconvolution()), (Names{"cudnnConvolutionForward", "cudnnConvolutionBackwardFilter"}));
}

// Ones everywhere: each element of a top is the number of products that reach it, plus the bias.
TEST_F(CudnnLayers, AddTheBiasThemselvesWhereCudnnCannot) {
    offer_all({offer(0)});
    for (const bool transposed : {false, true}) {
        const auto layer = transposed ? deconvolution() : convolution();
        for (int parameter = 0; parameter < 2; ++parameter) {
            const std::vector<float> ones(static_cast<std::size_t>(layer->parameter(parameter)->shape().count()), 1);
            layer->parameter(parameter)->copy_from_host(ones.data());
        }
        const std::vector<float> expected = top_of_ones(*layer);
        EXPECT_EQ(expected.front(), transposed ? 4 : 28);
        answer("cudnnAddTensor", api::Status::not_supported);
        fake.calls.clear();
        EXPECT_EQ(top_of_ones(*layer), expected);
        EXPECT_EQ(top_of_ones(*layer), expected);
        EXPECT_EQ(calls("cudnnAddTensor").size(), 1u);
        fake.answer = nullptr;
    }
}

// Weights of -1 and a bias of 1: each element of the top is 1 - 27 or, in a deconvolution's corner, 1 - 3.
TEST_F(CudnnLayers, RectifyByCudnnWhereItCanAndElseThemselves) {
    for (const auto& [transposed, slope, refused] :
         {std::tuple{false, 0.0F, false}, {false, 0.0F, true}, {false, 0.5F, false}, {true, 0.0F, false}}) {
        const auto layer = transposed ? reshaped<DeconvolutionLayer>({}, slope) : reshaped<ConvolutionLayer>({}, slope);
        const std::vector<float> weights(static_cast<std::size_t>(layer->parameter(0)->shape().count()), -1);
        layer->parameter(0)->copy_from_host(weights.data());
        layer->parameter(1)->copy_from_host(std::vector<float>(4, 1).data());
        if (refused) {
            answer("cudnnConvolutionBiasActivationForward", api::Status::not_supported);
        }
        for (int i = 0; i < 2; ++i) {
            fake.calls.clear();
            EXPECT_EQ(top_of_ones(*layer).front(), slope * -26);
            const bool fused = !transposed && slope == 0 && !refused;
            EXPECT_EQ(names().front(), transposed                     ? "cudnnConvolutionBackwardData"
                                       : fused || (i == 0 && refused) ? "cudnnConvolutionBiasActivationForward"
                                                                      : "cudnnConvolutionForward");
            EXPECT_TRUE(calls("cudnnAddTensor").empty());
        }
        fake.answer = nullptr;
    }
}

TEST_F(CudnnLayers, SayWhichAlgorithmTheyTake) {
    offer_all({offer(4), offer(1)});
    const auto layer = deconvolution();
    EXPECT_STREQ(layer->algorithms().forward, "winograd");
    EXPECT_STREQ(layer->algorithms().backward_data, "fft");
    EXPECT_STREQ(layer->algorithms().backward_filter, "winograd");
}

TEST_F(CudnnLayers, SayAnotherAlgorithmOnceCudnnRefusedOne) {
    offer_all({offer(4), offer(0)});
    fake.workspaces[{0, 4}] = 1000;
    const auto layer = convolution();
    EXPECT_STREQ(layer->algorithms().forward, "fft");
    EXPECT_EQ(layer->plan()->workspace_bytes(), 1000);
    fake.answer = [](const Call& call) {
        return call.algorithm == 4 ? api::Status::not_supported : api::Status::success;
    };
    work_of_forward(*layer);
    EXPECT_STREQ(layer->algorithms().forward, "implicit gemm");
    EXPECT_EQ(layer->plan()->workspace_bytes(), 0);
}

TEST_F(CudnnLayers, TakeTheNextAlgorithmWhileMemoryIsShort) {
    offer_all({offer(4), offer(5), offer(0)});
    fake.workspaces = {{{0, 4}, 1 << 20}, {{0, 5}, 1 << 19}};
    CudaOptions small;
    small.memory_limit_bytes = 3 << 18;
    const auto layer = convolution(small);
    EXPECT_STREQ(layer->algorithms().forward, "fft") << "the plan";
    work_of_forward(*layer);
    EXPECT_EQ(last_call("cudnnConvolutionForward").algorithm, 5);
    EXPECT_STREQ(layer->algorithms().forward, "fft tiling") << "what ran";
}

TEST_F(CudnnLayers, OptionsOfTheDeviceReachCudnn) {
    offer_all({offer(0, api::Math::standard), offer(1, api::Math::standard)});
    CudaOptions on;
    EXPECT_STREQ(convolution(on)->algorithms().backward_data, "algorithm 0");
    EXPECT_TRUE(calls("cudnnConvolutionForward").empty());
    on.deterministic = true;
    EXPECT_STREQ(convolution(on)->algorithms().backward_data, "algorithm 1");
    const auto asked_math = [&] { return last_call("cudnnGetConvolutionForwardAlgorithm_v7").descriptors[2]; };
    EXPECT_NE(asked_math().find("fma math"), std::string::npos);
    on.tf32 = true;
    convolution(on);
    EXPECT_NE(asked_math().find("standard math"), std::string::npos);
    on.autotune = true;
    work_of_forward(*convolution(on));
    EXPECT_FALSE(calls("cudnnConvolutionForward").empty()) << "nothing was timed";
    fake.workspaces = {{{0, 0}, 5000}, {{0, 1}, 3000}};
    on = {};
    on.workspace_limit_bytes = 4000;
    EXPECT_STREQ(convolution(on)->algorithms().forward, "implicit precomp gemm");
}

TEST_F(CudnnLayers, TakeThePlansOfTheGraphApiWhereTheyAreFaster) {
    fake.graph_engines = {{7}};
    fake.workspaces = {{{0, fake_cudnn::graph_engine(7)}, 500}, {{1, fake_cudnn::graph_engine(7)}, 600}};
    time({{1, 10}});
    CudaOptions on;
    on.autotune = true;
    for (const bool transposed : {false, true}) {
        const auto layer = transposed ? reshaped<DeconvolutionLayer>(on, 0) : reshaped<ConvolutionLayer>(on, 0);
        const std::vector<float> weights(static_cast<std::size_t>(layer->parameter(0)->shape().count()), -1);
        layer->parameter(0)->copy_from_host(weights.data());
        layer->parameter(1)->copy_from_host(std::vector<float>(4, 20).data());
        fake.calls.clear();
        const std::vector<float> top = top_of_ones(*layer);
        EXPECT_EQ(top.front(), transposed ? 17 : 0) << "20 less one product for each channel and tap that reaches it";
        EXPECT_EQ(names().back(), "cudnnBackendExecute") << "and nothing behind it";
        EXPECT_STREQ(layer->algorithms().forward, "graph engine 7");
        EXPECT_EQ(layer->plan()->workspace_bytes(), transposed ? 600 : 500);
    }
}

TEST_F(CudnnLayers, TakeAnAlgorithmThatWantsMoreOnceCudnnRefusedTheRest) {
    offer_all({offer(0), offer(4)});
    fake.workspaces[{0, 4}] = 1000;
    const auto layer = convolution();
    fake.answer = [](const Call& call) {
        return call.algorithm == 0 ? api::Status::not_supported : api::Status::success;
    };
    work_of_forward(*layer);
    EXPECT_STREQ(layer->algorithms().forward, "fft");
    EXPECT_EQ(last_call("cudnnConvolutionForward").workspace_bytes, 1000u);
}

TEST_F(CudnnLayers, QueueTheirWorkOnTheStreamOfTheDevice) {
    const auto device = CudaDevice::open({});
    ConvolutionLayer layer(device, DataType::float32, options(4, {3}));
    layer.reshape(Shape{2, 3, 7, 6});
    void* const stream = device->create_stream();
    device->set_stream(stream);
    work_of_forward(layer);
    EXPECT_EQ(last_call("cudnnConvolutionBiasActivationForward").stream, stream);
    const int handles = fake.live["handle"];
    device->set_stream(nullptr);
    device->destroy_stream(stream);
    EXPECT_EQ(fake.live["handle"], handles - 1);
}

// With channels last cuDNN reads and writes weights as [outputs, taps, channels]; the layer's own stay as they are.
TEST_F(CudnnLayers, TurnTheirWeightsForChannelsLast) {
    for (const std::int64_t kernel : {1, 3}) {
        ConvolutionOptions o = options(4, {kernel});
        o.engine = EngineKind::cudnn;
        o.layout = TensorLayout::channels_last;
        ConvolutionLayer layer(CudaDevice::open({}), DataType::float32, o);
        layer.reshape(Shape{2, 7, 6, 3});
        const bool turned = kernel > 1;
        work_of_forward(layer);
        const Call forward = last_call("cudnnConvolutionBiasActivationForward");
        EXPECT_EQ(forward.descriptors[0], "float32 [2 3 7 6] strides [126 1 18 3]");
        EXPECT_EQ(forward.descriptors[1].rfind("float32 nhwc [4 3", 0), 0u) << forward.descriptors[1];
        EXPECT_EQ(forward.operands[1] != layer.parameter(0)->data(), turned);
        work_of_backward(layer);
        EXPECT_EQ(last_call("cudnnConvolutionBackwardData").operands[0], forward.operands[1]) << "one copy for both";
        const Call filter = last_call("cudnnConvolutionBackwardFilter");
        EXPECT_EQ(filter.operands[2] != layer.parameter(0)->diff(), turned);
        EXPECT_EQ(filter.beta, turned ? 0 : 1) << "what is in workspace is not added to";
        EXPECT_EQ(layer.plan()->workspace_bytes(), turned ? 512 : 0) << "the gradient, 432 bytes, aligned";
    }
}

TEST_F(CudnnLayers, OfEachLayoutHavePlansOfTheirOwn) {
    const auto device = CudaDevice::open({});
    for (const auto layout : {TensorLayout::channels_first, TensorLayout::channels_last, TensorLayout::channels_last}) {
        ConvolutionOptions o = options(4, {1});
        o.layout = layout;
        ConvolutionLayer layer(device, DataType::float32, o);
        layer.reshape(Shape{2, 6, 6, 6});
    }
    EXPECT_EQ(calls("cudnnGetConvolutionForwardAlgorithm_v7").size(), 2u);
}

TEST_F(CudnnLayers, ShareThePlansOfTheirShape) {
    const auto device = CudaDevice::open({});
    for (int repeat = 0; repeat < 3; ++repeat) {
        ConvolutionLayer layer(device, DataType::float32, options(4, {3}));
        layer.reshape(Shape{2, 3, 7, 6});
    }
    EXPECT_EQ(calls("cudnnGetConvolutionForwardAlgorithm_v7").size(), 1u);
}

}  // namespace
