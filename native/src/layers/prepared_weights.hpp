// A layer's weights in the forms in which its plan reads them.
#pragma once

#include <array>
#include <memory>

#include "layers/blob.hpp"
#include "layers/prepared_form.hpp"

namespace convnet {

class PreparedWeights {
public:
    /// What `plan` takes as weights for `use`.
    const void* get(const Plan& plan, WeightUse use, const Blob& weights);

    /// To be called when the plan changes: what its forms follow from.
    void set_key(FormKey key) noexcept;

private:
    FormKey key_;
    std::array<std::shared_ptr<PreparedForm>, 2> forms_;
};

}  // namespace convnet
