// What cuDNN is told of a problem, word for word.
#include "cudnn/fixture.hpp"

using namespace testing_support;

namespace {

using Texts = std::vector<std::string>;

class CudnnDescriptors : public CudnnTest {
protected:
    /// The descriptors of a forward pass: x, w, convolution, y.
    Texts described(const cn_cuda_problem& problem) {
        plan(problem)->forward(launch(1 << 20), nullptr, nullptr, nothing, nullptr);
        return last_call("cudnnConvolutionForward").descriptors;
    }
};

TEST_F(CudnnDescriptors, OfTwoAxes) {
    EXPECT_EQ(described(problem_2d()),
              (Texts{"float32 [2 6 9 8] strides [432 72 8 1]", "float32 nchw [4 6 3 3]",
                     "cross-correlation pad [1 1] stride [2 1] dilation [1 1] in float32 groups 1 fma math",
                     "float32 [2 4 5 8] strides [160 40 8 1]"}));
}

TEST_F(CudnnDescriptors, OfOneAxisHaveAHeightOfOne) {
    cn_cuda_problem p = problem_2d();
    p.spatial_axes = 1;
    EXPECT_EQ(described(p),
              (Texts{"float32 [2 6 1 9] strides [54 9 9 1]", "float32 nchw [4 6 1 3]",
                     "cross-correlation pad [0 1] stride [1 2] dilation [1 1] in float32 groups 1 fma math",
                     "float32 [2 4 1 5] strides [20 5 5 1]"}));
}

TEST_F(CudnnDescriptors, OfThreeAxes) {
    cn_cuda_problem p = problem_2d();
    p.spatial_axes = 3;
    p.in[2] = 7;
    p.out[2] = 3;
    p.kernel[2] = 5;
    p.stride[2] = 1;
    p.pad[2] = 0;
    p.dilation[2] = 1;
    EXPECT_EQ(described(p),
              (Texts{"float32 [2 6 9 8 7] strides [3024 504 56 7 1]", "float32 nchw [4 6 3 3 5]",
                     "cross-correlation pad [1 1 0] stride [2 1 1] dilation [1 1 1] in float32 groups 1 fma math",
                     "float32 [2 4 5 8 3] strides [480 120 24 3 1]"}));
}

TEST_F(CudnnDescriptors, WithChannelsLast) {
    cn_cuda_problem p = problem_2d();
    p.layout = CN_CUDA_CHANNELS_LAST;
    EXPECT_EQ(described(p),
              (Texts{"float32 [2 6 9 8] strides [432 1 48 6]", "float32 nhwc [4 6 3 3]",
                     "cross-correlation pad [1 1] stride [2 1] dilation [1 1] in float32 groups 1 fma math",
                     "float32 [2 4 5 8] strides [160 1 32 4]"}));
}

TEST_F(CudnnDescriptors, OfOneAxisWithChannelsLast) {
    cn_cuda_problem p = problem_2d();
    p.spatial_axes = 1;
    p.layout = CN_CUDA_CHANNELS_LAST;
    const Texts texts = described(p);
    EXPECT_EQ(texts[0], "float32 [2 6 1 9] strides [54 1 54 6]");
    EXPECT_EQ(texts[3], "float32 [2 4 1 5] strides [20 1 20 4]");
}

TEST_F(CudnnDescriptors, OfGroupsCountThemAndNeedNoHandleOfTheirOwn) {
    cn_cuda_problem p = problem_2d();
    p.groups = 2;
    const Texts texts = described(p);
    EXPECT_EQ(texts[1], "float32 nchw [4 3 3 3]");
    EXPECT_EQ(texts[2], "cross-correlation pad [1 1] stride [2 1] dilation [1 1] in float32 groups 2 fma math");
    EXPECT_EQ(calls("cudnnCreate").size(), 1u);
    EXPECT_EQ(calls("cudnnConvolutionForward").size(), 1u);
}

TEST_F(CudnnDescriptors, OfADilatedWindow) {
    cn_cuda_problem p = problem_2d();
    p.dilation[0] = 2;
    p.dilation[1] = 3;
    p.out[0] = 4;
    p.out[1] = 4;
    const Texts texts = described(p);
    EXPECT_EQ(texts[2], "cross-correlation pad [1 1] stride [2 1] dilation [2 3] in float32 groups 1 fma math");
    EXPECT_EQ(texts[3], "float32 [2 4 4 4] strides [64 16 4 1]");
}

TEST_F(CudnnDescriptors, AreGivenInTheOrderOfEachPass) {
    const auto p = plan();
    p->backward_data(launch(0), nullptr, nullptr, nothing, nullptr);
    p->backward_filter(launch(0), nullptr, nullptr, nullptr);
    const std::string x = "float32 [2 6 9 8] strides [432 72 8 1]", y = "float32 [2 4 5 8] strides [160 40 8 1]",
                      w = "float32 nchw [4 6 3 3]",
                      window = "cross-correlation pad [1 1] stride [2 1] dilation [1 1] in float32 groups 1 fma math";
    EXPECT_EQ(last_call("cudnnConvolutionBackwardData").descriptors, (Texts{w, y, window, x}));
    EXPECT_EQ(last_call("cudnnConvolutionBackwardFilter").descriptors, (Texts{x, y, window, w}));
}

struct ElementType {
    std::int32_t dtype;
    const char *name, *sums, *math;
};

void PrintTo(const ElementType& type, std::ostream* out) { *out << type.name; }

class CudnnElementType : public CudnnDescriptors, public testing::WithParamInterface<ElementType> {};

TEST_P(CudnnElementType, IsToldWithTheTypeOfSumsAndItsMath) {
    const auto [dtype, name, sums, math] = GetParam();
    offer_all({offer(1, api::Math::standard)});
    if (dtype == 3 || dtype == 4) {
        offer_all({offer(1, api::Math::tensor_op)});
    }
    const Texts texts = described(problem_of_type(dtype));
    EXPECT_EQ(texts[0], std::string(name) + " [2 6 9 8] strides [432 72 8 1]");
    EXPECT_EQ(texts[1], std::string(name) + " nchw [4 6 3 3]");
    EXPECT_EQ(texts[2], std::string("cross-correlation pad [1 1] stride [2 1] dilation [1 1] in ") + sums +
                            " groups 1 " + math + " math");
    EXPECT_EQ(texts[3], std::string(name) + " [2 4 5 8] strides [160 40 8 1]");
}

INSTANTIATE_TEST_SUITE_P(All, CudnnElementType,
                         testing::Values(ElementType{1, "float32", "float32", "fma"},
                                         ElementType{2, "float64", "float64", "standard"},
                                         ElementType{3, "float16", "float32", "tensor op"},
                                         ElementType{4, "bfloat16", "float32", "tensor op"}),
                         testing::PrintToStringParamName());

}  // namespace
