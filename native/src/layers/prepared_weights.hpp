// A layer's weights in the form in which its plan reads them, prepared again only when the weights changed.
#pragma once

#include <array>
#include <cstdint>

#include "engines/engine.hpp"
#include "layers/blob.hpp"

namespace convnet {

class PreparedWeights {
public:
    /// What `plan` takes as weights for `use`.
    const void* get(const Plan& plan, WeightUse use, const Blob& weights);

    /// To be called when the plan changes.
    void forget() noexcept { forms_ = {}; }

private:
    struct Form {
        DeviceMemory prepared;
        DeviceMemory original;  ///< What was prepared, while somebody may change the weights unseen.
        std::uint64_t version = 0;
    };

    static bool is_current(const Form& form, const Blob& weights);

    std::array<Form, 2> forms_;
};

}  // namespace convnet
