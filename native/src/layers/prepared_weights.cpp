#include "layers/prepared_weights.hpp"

#include <cstring>

namespace convnet {
namespace {

// A processor compares weights sooner than it prepares them. A GPU prepares them at once, and would have to be waited for
// to compare them.
bool is_compared(const Device& device) { return device.type() == DeviceType::cpu; }

}  // namespace

const void* PreparedWeights::get(const Plan& plan, WeightUse use, const Blob& weights) {
    const std::int64_t bytes = plan.prepared_bytes(use);
    if (bytes == 0) {
        return weights.data();
    }
    Form& form = forms_[static_cast<std::size_t>(plan.form_for(use))];
    if (is_current(form, weights)) {
        return form.prepared.data();
    }
    Form next;
    next.prepared = form.prepared.bytes() == bytes ? std::move(form.prepared) : DeviceMemory(weights.device(), bytes);
    form.version = 0;
    if (weights.is_exposed() && is_compared(weights.device())) {
        next.original = form.original.data() != nullptr ? std::move(form.original)
                                                        : DeviceMemory(weights.device(), weights.bytes());
        weights.device().copy(next.original.data(), weights.data(), weights.bytes());
    }
    next.version = weights.version();
    plan.prepare(use, weights.data(), next.prepared.data());
    form = std::move(next);
    return form.prepared.data();
}

// Versions are unique among all blobs, so the same version means the same blob with the same values, unless somebody
// has a pointer to write through; then only comparing tells.
bool PreparedWeights::is_current(const Form& form, const Blob& weights) {
    if (form.prepared.data() == nullptr || form.version != weights.version()) {
        return false;
    }
    return !weights.is_exposed() ||
           (form.original.data() != nullptr &&
            std::memcmp(form.original.data(), weights.data(), static_cast<std::size_t>(weights.bytes())) == 0);
}

}  // namespace convnet
