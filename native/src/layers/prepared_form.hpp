// Weights in the form in which a plan reads them: one for all layers that share the weights and plan alike.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "devices/device_memory.hpp"
#include "engines/engine.hpp"

namespace convnet {

class Blob;
class PreparedForms;

/// What a form follows from: plans of equal keys read the same bytes for the same weights.
struct FormKey {
    EngineKind engine = EngineKind::automatic;
    ConvolutionProblem problem;
    std::int64_t workspace_limit_bytes = 0;
    const void* only_for = nullptr;  ///< Whose plan may be like no other's; null where it depends on the above alone.
    WeightUse use = WeightUse::forward;

    bool operator==(const FormKey&) const = default;
};

/// Prepared again only when the weights changed. Any number of threads may ask for it.
class PreparedForm {
public:
    struct Memory {
        DeviceMemory prepared;
        DeviceMemory original;  ///< What was prepared, while somebody may change the weights unseen.
    };

    /// `memory` may hold what another form needs no more.
    PreparedForm(FormKey key, std::shared_ptr<PreparedForms> forms, Memory memory)
        : key_(std::move(key)), forms_(std::move(forms)), memory_(std::move(memory)) {}

    const FormKey& key() const noexcept { return key_; }
    const PreparedForms& forms() const noexcept { return *forms_; }

    /// What `plan`, one of this key, takes as `weights`, those of the blob whose form it is.
    const void* get(const Plan& plan, const Blob& weights);

    /// The memory of a form, if nobody else holds it.
    static Memory take_memory(std::shared_ptr<PreparedForm> form);

private:
    bool is_current(const Blob& weights) const;
    void prepare(const Plan& plan, const Blob& weights);

    const FormKey key_;
    const std::shared_ptr<PreparedForms> forms_;  // before the memory, whose device it keeps
    std::shared_mutex mutex_;
    Memory memory_;
    std::uint64_t version_ = 0;
};

/// The forms of one blob. They live as long as a layer holds them.
class PreparedForms : public std::enable_shared_from_this<PreparedForms> {
public:
    /// `device` is where the blob is.
    explicit PreparedForms(std::shared_ptr<Device> device) : device_(std::move(device)) {}

    /// The form of `key`. Where it is new, it has the memory of `previous` if nobody else holds that.
    std::shared_ptr<PreparedForm> get(const FormKey& key, std::shared_ptr<PreparedForm> previous);

private:
    friend PreparedForm;

    std::shared_ptr<PreparedForm> find(const FormKey& key);

    const std::shared_ptr<Device> device_;
    std::mutex mutex_;  // held by whoever begins to hold a form
    std::vector<std::weak_ptr<PreparedForm>> forms_;
};

}  // namespace convnet
