#include "layers/prepared_weights.hpp"

namespace convnet {

const void* PreparedWeights::get(const Plan& plan, WeightUse use, const Blob& weights) {
    if (plan.prepared_bytes(use) == 0) {
        return weights.data();
    }
    key_.use = plan.form_for(use);
    std::shared_ptr<PreparedForm>& form = forms_[static_cast<std::size_t>(key_.use)];
    if (form == nullptr || &form->forms() != &weights.prepared_forms()) {
        form = weights.prepared_forms().get(key_, std::move(form));
    }
    return form->get(plan, weights);
}

void PreparedWeights::set_key(FormKey key) noexcept {
    key_ = std::move(key);
    forms_ = {};
}

}  // namespace convnet
