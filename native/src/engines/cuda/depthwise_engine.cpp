#include "engines/cuda/depthwise_engine.hpp"

#include "devices/cuda/cuda_device.hpp"
#include "devices/cuda/cuda_plugin.hpp"
#include "geometry/text.hpp"

namespace convnet {
namespace {

constexpr std::size_t most_axes = 3;  // that the kernels are compiled for

class DepthwisePlan final : public Plan {
public:
    DepthwisePlan(const ConvolutionProblem& problem, CudaDevice& device) : device_(device), problem_(problem) {}

    EngineKind engine() const noexcept override { return EngineKind::direct; }
    const char* engine_name() const noexcept override { return "direct"; }
    Algorithms algorithms() const noexcept override { return {"depthwise", "depthwise", "depthwise"}; }
    std::int64_t workspace_bytes() const noexcept override { return 0; }

    void forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const override {
        device_.depthwise_forward(problem_, x, w, {epilogue.bias, epilogue.slope}, y);
    }

    void backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const override {
        device_.depthwise_backward_data(problem_, dy, w, {epilogue.bias, epilogue.slope}, dx);
    }

    void backward_filter(const void* x, const void* dy, void* dw) const override {
        device_.depthwise_backward_filter(problem_, x, dy, dw);
    }

private:
    CudaDevice& device_;
    const ConvolutionProblem problem_;
};

}  // namespace

bool DepthwiseEngine::supports(const ConvolutionProblem& p, Device& device, std::string& why) const {
    if (device.type() != DeviceType::cuda) {
        why = "these kernels are for CUDA devices";
        return false;
    }
    if (p.groups != p.in_channels || p.groups != p.out_channels) {
        why = text("on a CUDA device it is for depthwise layers, with as many groups as channels; here are ", p.groups,
                   " groups of ", p.in_channels, " and ", p.out_channels, " channels");
        return false;
    }
    if (p.axes.size() > most_axes) {
        why = text("it is for up to ", most_axes, " spatial axes; here are ", p.axes.size());
        return false;
    }
    return true;
}

std::unique_ptr<const Plan> DepthwiseEngine::plan(const ConvolutionProblem& problem, Device& device) const {
    return std::make_unique<DepthwisePlan>(problem, static_cast<CudaDevice&>(device));
}

}  // namespace convnet
