// What can compute a convolution problem, and how.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "devices/device.hpp"
#include "geometry/convolution_problem.hpp"

namespace convnet {

/// What is done to an output as it is written.
struct Epilogue {
    const void* bias = nullptr;  ///< One value per channel of the output, or null for none.
    double slope = 1;            ///< What is not above 0, with the bias, is multiplied by it; 1 leaves it.

    bool any() const noexcept { return bias != nullptr || slope != 1; }
};

/// The names of the algorithms that a plan took, as static text.
struct Algorithms {
    const char* forward = "";
    const char* backward_data = "";
    const char* backward_filter = "";
};

/// What weights are read for; engines may want them in another form for each.
enum class WeightUse { forward, backward_data };

/// Whether weights are prepared for each call, as they change between the backward passes of a layer.
inline bool weights_change(const ConvolutionProblem& problem, WeightUse use) {
    return (use == WeightUse::backward_data) != problem.transposed;
}

/// A problem with its algorithms chosen. Immutable, used by any number of threads at once, holds no weights; the
/// workspace of each call comes from the device's pool.
class Plan {
public:
    virtual ~Plan() = default;

    /// Bytes of the weights in the form in which they are read for `use`; 0 when they are read as they are.
    virtual std::int64_t prepared_bytes(WeightUse) const noexcept { return 0; }

    /// The use whose form is read for `use`: the same for both where they are alike.
    virtual WeightUse form_for(WeightUse use) const noexcept { return use; }

    /// Brings weights into that form.
    virtual void prepare(WeightUse, const void* /*w*/, void* /*prepared*/) const {}

    virtual EngineKind engine() const noexcept = 0;
    virtual const char* engine_name() const noexcept = 0;
    virtual Algorithms algorithms() const noexcept = 0;

    /// Bytes of workspace that the largest of the operations takes.
    virtual std::int64_t workspace_bytes() const noexcept = 0;

    /// y = x convolved with w, prepared for forward.
    virtual void forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const = 0;

    /// dx = the gradient of x, with w prepared for backward data; also the forward pass of a deconvolution.
    virtual void backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const = 0;

    /// dw += the gradient of w.
    virtual void backward_filter(const void* x, const void* dy, void* dw) const = 0;

    /// forward(x, w, y) and backward_filter(x, dy, dw) in one, for engines that share work between them.
    virtual void forward_with_filter_gradient(const void* x, const void* w, void* y, const void* dy, void* dw) const {
        forward(x, w, y, {});
        backward_filter(x, dy, dw);
    }
};

class Engine {
public:
    virtual ~Engine() = default;

    virtual EngineKind kind() const noexcept = 0;
    virtual const char* name() const noexcept = 0;

    /// Whether it can compute `problem` on `device`; writes the reason to `why` when it cannot.
    virtual bool supports(const ConvolutionProblem& problem, Device& device, std::string& why) const = 0;

    /// Chooses algorithms within the device's workspace limit. The device must outlive the plan.
    virtual std::unique_ptr<const Plan> plan(const ConvolutionProblem& problem, Device& device) const = 0;
};

/// The plan of the engine that `kind` names, or of the first that can when it is automatic. Throws `unsupported` with
/// every engine's reason when none can.
std::unique_ptr<const Plan> make_plan(EngineKind kind, const ConvolutionProblem& problem, Device& device);

}  // namespace convnet
