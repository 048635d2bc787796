// What comes out when cuDNN computes by what it is told: the fake sees descriptors and factors only, the reference the
// problem. Integers that every type holds, so results must be equal.
#include <cstdlib>
#include <cstring>

#include "cudnn/fixture.hpp"
#include "geometry/data_type.hpp"
#include "reference/reference.hpp"
#include "testing/random.hpp"

using namespace testing_support;
using convnet::DataType;

namespace {

using Values = std::vector<double>;

/// A tensor in device memory: of a type, and in the order of a layout.
class Stored {
public:
    /// `values` are [images, channels, positions].
    Stored(DataType type, bool channels_last, std::int64_t channels, std::int64_t positions, const Values& values)
        : type_(type), bytes_(values.size() * convnet::size_of(type)) {
        places_.reserve(values.size());
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(values.size()); ++i) {
            const std::int64_t image = i / (channels * positions), channel = i / positions % channels;
            const std::int64_t position = i % positions;
            places_.push_back(channels_last ? (image * positions + position) * channels + channel : i);
            with_stored_type(type, [&]<class T>(T) {
                const T value = static_cast<T>(static_cast<float>(values[static_cast<std::size_t>(i)]));
                std::memcpy(at(places_.back()), &value, sizeof value);
            });
        }
    }

    void* data() { return bytes_.data(); }

    Values values() {
        Values result;
        for (const std::int64_t place : places_) {
            with_stored_type(type_, [&]<class T>(T value) {
                std::memcpy(&value, at(place), sizeof value);
                result.push_back(static_cast<double>(static_cast<float>(value)));
            });
        }
        return result;
    }

private:
    void* at(std::int64_t place) { return convnet::element(type_, bytes_.data(), place); }

    DataType type_;
    std::vector<char> bytes_;
    std::vector<std::int64_t> places_;
};

struct Shape {
    const char* name;
    std::int64_t batch, channels, num_output, group;
    reference::Extents in, kernel, stride, pad, dilation;
};

const Shape shapes[] = {
    {"one_axis", 2, 3, 4, 1, {11}, {4}, {2}, {1}, {1}},
    {"two_axes", 2, 3, 4, 1, {7, 6}, {3, 2}, {2, 1}, {1, 0}, {1, 1}},
    {"three_axes", 1, 2, 3, 1, {5, 4, 6}, {2, 3, 1}, {1, 2, 2}, {0, 1, 0}, {2, 1, 1}},
    {"groups", 2, 4, 6, 2, {6, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"depthwise", 2, 4, 4, 4, {6, 5}, {3, 3}, {1, 2}, {1, 1}, {1, 1}},
    {"dilation", 1, 2, 3, 1, {9, 10}, {3, 3}, {1, 1}, {2, 0}, {2, 3}},
    {"pointwise", 2, 5, 3, 1, {4, 4}, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
};

class CudnnArithmetic : public CudnnTest,
                        public testing::WithParamInterface<std::tuple<Shape, DataType, std::int32_t, bool>> {
protected:
    CudnnArithmetic() {
        fake.memory = [](const void* memory, std::size_t) { return const_cast<void*>(memory); };
        offer_all({offer(1, api::Math::standard)});
        for (int pass = 0; pass < CN_CUDA_PASSES; ++pass) {
            fake.workspaces[{pass, 1}] = workspace.size();
            fake.workspaces[{pass, fake_cudnn::graph_engine(7)}] = workspace.size();
        }
        fake.graph_engines = {{7}};
        time({{1, 10}});
        layer = {shape.batch, shape.channels, shape.num_output, shape.group, shape.in,
                 {},          shape.kernel,   shape.stride,     shape.pad,   shape.dilation};
    }

    /// A plan of the graph API, or of an algorithm.
    std::shared_ptr<const convnet::cudnn::Plan> plan(const cn_cuda_problem& p) {
        cn_cudnn_limits within = limits();
        within.autotune = graph ? 1 : 0;
        const cn_cuda_allocator allocator{
            nullptr, [](void*, std::int64_t bytes) { return std::calloc(static_cast<std::size_t>(bytes), 1); },
            [](void*, void* memory, std::int64_t) { std::free(memory); }};
        auto made = engine.plan(p, within);
        for (const Pass pass : convnet::cudnn::passes) {
            made->tune(pass, allocator, nullptr);
            if (pass != Pass::backward_filter) {
                made->tune({pass, convnet::cudnn::Epilogue::bias}, allocator, nullptr);
                made->tune({pass, convnet::cudnn::Epilogue::bias_and_relu}, allocator, nullptr);
            }
            EXPECT_EQ(std::string(made->algorithm(pass, 100)->name) == "graph engine 7", graph);
        }
        return made;
    }

    /// The convolution between tensors of these channels and extents.
    cn_cuda_problem problem(std::int64_t in_channels, const reference::Extents& in, std::int64_t out_channels,
                            const reference::Extents& out) const {
        cn_cuda_problem p{};
        p.dtype = static_cast<std::int32_t>(type);
        p.layout = layout;
        p.spatial_axes = static_cast<std::int32_t>(in.size());
        p.batch = layer.batch;
        p.in_channels = in_channels;
        p.out_channels = out_channels;
        p.groups = layer.group;
        std::copy(in.begin(), in.end(), p.in);
        std::copy(out.begin(), out.end(), p.out);
        std::copy(layer.kernel.begin(), layer.kernel.end(), p.kernel);
        std::copy(layer.stride.begin(), layer.stride.end(), p.stride);
        std::copy(layer.pad.begin(), layer.pad.end(), p.pad);
        std::copy(layer.dilation.begin(), layer.dilation.end(), p.dilation);
        return p;
    }

    Values integers(std::int64_t count) { return filled<double>(count, Fill::integer, random); }

    Stored store(std::int64_t channels, std::int64_t positions, const Values& values) const {
        return {type, layout == CN_CUDA_CHANNELS_LAST, channels, positions, values};
    }

    cn_cudnn_launch launch_here() {
        return {nullptr, workspace.data(), static_cast<std::int64_t>(workspace.size()), nullptr};
    }

    const Shape& shape = std::get<0>(GetParam());
    const DataType type = std::get<1>(GetParam());
    const std::int32_t layout = std::get<2>(GetParam());
    const bool graph = std::get<3>(GetParam());
    reference::Problem layer;
    SplitMix64 random{7};
    std::vector<char> workspace = std::vector<char>(100);
};

TEST_P(CudnnArithmetic, OfAConvolution) {
    layer.out = reference::convolution_out(layer);
    const std::int64_t taps = layer.taps(), in = layer.in_positions(), out = layer.out_positions();
    const Values x = integers(layer.batch * layer.channels * in), dy = integers(layer.batch * layer.num_output * out),
                 w = integers(layer.num_output * layer.channels / layer.group * taps), b = integers(layer.num_output),
                 dw = integers(static_cast<std::int64_t>(w.size()));
    reference::Sums y(dy.size()), dx(x.size()), dw_sums(w.size());
    reference::forward(reference::convolution_products, layer, x, w, &b, y);
    reference::backward_data(reference::convolution_products, layer, dy, w, dx);
    dw_sums.value = dw;
    reference::backward_filter(reference::convolution_products, layer, x, dy, dw_sums);

    Stored x_at = store(layer.channels, in, x), dx_at = x_at, dy_at = store(layer.num_output, out, dy), y_at = dy_at;
    Stored w_at = store(layer.channels / layer.group, taps, w), dw_at = store(layer.channels / layer.group, taps, dw);
    Stored b_at = store(layer.num_output, 1, b);
    const auto p = plan(problem(layer.channels, layer.in, layer.num_output, layer.out));
    p->forward(launch_here(), x_at.data(), w_at.data(), {b_at.data(), 1}, y_at.data());
    p->backward_data(launch_here(), dy_at.data(), w_at.data(), nothing, dx_at.data());
    p->backward_filter(launch_here(), x_at.data(), dy_at.data(), dw_at.data());
    EXPECT_EQ(y_at.values(), y.value);
    p->forward(launch_here(), x_at.data(), w_at.data(), {b_at.data(), 0}, y_at.data());
    Values ignored = dy;
    reference::rectify(0, y, ignored);
    EXPECT_EQ(y_at.values(), y.value);
    EXPECT_EQ(dx_at.values(), dx.value);
    EXPECT_EQ(dw_at.values(), dw_sums.value);
}

// A deconvolution reads what the convolution of the problem writes, and goes forward by its backward data.
TEST_P(CudnnArithmetic, OfADeconvolution) {
    layer.out = reference::deconvolution_out(layer);
    const std::int64_t taps = layer.taps(), in = layer.in_positions(), out = layer.out_positions();
    const Values bottom = integers(layer.batch * layer.channels * in), b = integers(layer.num_output),
                 w = integers(layer.channels * layer.num_output / layer.group * taps);
    reference::Sums top(static_cast<std::size_t>(layer.batch * layer.num_output * out));
    reference::forward(reference::deconvolution_products, layer, bottom, w, &b, top);

    Stored bottom_at = store(layer.channels, in, bottom),
           top_at = store(layer.num_output, out, Values(top.value.size()));
    Stored w_at = store(layer.num_output / layer.group, taps, w), b_at = store(layer.num_output, 1, b);
    plan(problem(layer.num_output, layer.out, layer.channels, layer.in))
        ->backward_data(launch_here(), bottom_at.data(), w_at.data(), {b_at.data(), 1}, top_at.data());
    EXPECT_EQ(top_at.values(), top.value);
}

std::string name_of_case(const testing::TestParamInfo<CudnnArithmetic::ParamType>& info) {
    const auto& [shape, type, layout, graph] = info.param;
    return std::string(shape.name) + "_" + name_of(type) + (layout == CN_CUDA_CHANNELS_LAST ? "_channels_last" : "") +
           (graph ? "_by_graph" : "");
}

INSTANTIATE_TEST_SUITE_P(
    All, CudnnArithmetic,
    testing::Combine(testing::ValuesIn(shapes),
                     testing::Values(DataType::float32, DataType::float64, DataType::float16, DataType::bfloat16),
                     testing::Values(CN_CUDA_CHANNELS_FIRST, CN_CUDA_CHANNELS_LAST), testing::Bool()),
    name_of_case);

}  // namespace
