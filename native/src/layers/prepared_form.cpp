#include "layers/prepared_form.hpp"

#include <cstring>

#include "layers/blob.hpp"

namespace convnet {
namespace {

// A processor compares weights sooner than it prepares them. A GPU prepares them at once, and would have to be waited for
// to compare them.
bool is_compared(const Device& device) { return device.type() == DeviceType::cpu; }

void ensure(DeviceMemory& memory, Device& device, std::int64_t bytes) {
    if (memory.bytes() != bytes) {
        memory = {};
        memory = DeviceMemory(device, bytes);
    }
}

}  // namespace

const void* PreparedForm::get(const Plan& plan, const Blob& weights) {
    {
        const std::shared_lock lock(mutex_);
        if (is_current(weights)) {
            return memory_.prepared.data();
        }
    }
    const std::unique_lock lock(mutex_);
    if (!is_current(weights)) {
        prepare(plan, weights);
    }
    return memory_.prepared.data();
}

// A version is never that of other values, unless somebody has a pointer to write through; then only comparing tells.
bool PreparedForm::is_current(const Blob& weights) const {
    if (version_ != weights.version()) {
        return false;
    }
    return !weights.is_exposed() ||
           (memory_.original.bytes() == weights.bytes() &&
            std::memcmp(memory_.original.data(), weights.data(), static_cast<std::size_t>(weights.bytes())) == 0);
}

void PreparedForm::prepare(const Plan& plan, const Blob& weights) {
    version_ = 0;
    ensure(memory_.prepared, weights.device(), plan.prepared_bytes(key_.use));
    if (weights.is_exposed() && is_compared(weights.device())) {
        ensure(memory_.original, weights.device(), weights.bytes());
        weights.device().copy(memory_.original.data(), weights.data(), weights.bytes());
    }
    const std::uint64_t version = weights.version();
    plan.prepare(key_.use, weights.data(), memory_.prepared.data());
    version_ = version;
}

PreparedForm::Memory PreparedForm::take_memory(std::shared_ptr<PreparedForm> form) {
    const std::shared_ptr<PreparedForms> forms = form->forms_;
    const std::lock_guard lock(forms->mutex_);
    if (form.use_count() > 1) {
        return {};
    }
    form->version_ = 0;
    return std::move(form->memory_);
}

std::shared_ptr<PreparedForm> PreparedForms::get(const FormKey& key, std::shared_ptr<PreparedForm> previous) {
    PreparedForm::Memory memory;
    if (previous != nullptr && previous->forms().device_ == device_) {
        memory = PreparedForm::take_memory(std::move(previous));
    }
    const std::lock_guard lock(mutex_);
    std::shared_ptr<PreparedForm> form = find(key);
    if (form == nullptr) {
        form = std::make_shared<PreparedForm>(key, shared_from_this(), std::move(memory));
        forms_.push_back(form);
    }
    return form;
}

std::shared_ptr<PreparedForm> PreparedForms::find(const FormKey& key) {
    std::erase_if(forms_, [](const std::weak_ptr<PreparedForm>& form) { return form.expired(); });
    for (const std::weak_ptr<PreparedForm>& held : forms_) {
        std::shared_ptr<PreparedForm> form = held.lock();
        if (form != nullptr && form->key() == key) {
            return form;
        }
    }
    return nullptr;
}

}  // namespace convnet
