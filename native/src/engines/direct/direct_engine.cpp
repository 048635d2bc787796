#include "engines/direct/direct_engine.hpp"

#include <algorithm>

#include "engines/direct/direct_plan.hpp"
#include "geometry/text.hpp"

namespace convnet {

bool DirectEngine::supports(const ConvolutionProblem& p, Device& device, std::string& why) const {
    if (device.type() != DeviceType::cpu) {
        why = "it is for the CPU";
        return false;
    }
    if (p.channels_last()) {
        why = "it reads and writes tensors with channels first";
        return false;
    }
    if (p.is_full()) {
        why = "one window covers the whole input, so this is a plain matrix product";
        return false;
    }
    if (std::any_of(p.axes.begin(), p.axes.end(), [](const Axis& a) { return a.stride > 1 && a.dilation > 1; })) {
        why = "it does not combine stride and dilation on one axis";
        return false;
    }
    const std::int64_t needed = direct::least_workspace_bytes(p, device.workspace().limit_bytes());
    if (needed > device.workspace().limit_bytes()) {
        why = text("it needs ", needed, " bytes of workspace, but the device's limit is ",
                   device.workspace().limit_bytes());
        return false;
    }
    return true;
}

std::unique_ptr<const Plan> DirectEngine::plan(const ConvolutionProblem& problem, Device& device) const {
    return direct::make_plan(problem, static_cast<CpuDevice&>(device));
}

}  // namespace convnet
