// An algorithm of the descriptor API, which adds biases as far as it can.
#pragma once

#include "engines/cudnn/candidate.hpp"
#include "engines/cudnn/chooser.hpp"

namespace convnet::cudnn {

class AlgorithmCandidate final : public Candidate {
public:
    /// `descriptors` must outlive it. With `adds` the result is added to what is there.
    AlgorithmCandidate(const Descriptors& descriptors, Pass pass, const Choice& choice, bool adds)
        : Candidate(choice.name, choice.workspace_bytes, false),
          descriptors_(descriptors),
          pass_(pass),
          number_(choice.number),
          convolution_(choice.convolution),
          adds_(adds) {}

    api::Status run(const Run& run) const override;

private:
    bool fuses(Epilogue epilogue) const noexcept;
    api::Status run_fused(const Run& run) const;
    api::Status finish(const Run& run) const;

    const Descriptors& descriptors_;
    const Pass pass_;
    const int number_;
    const api::Convolution convolution_;
    const bool adds_;
    mutable std::atomic<bool> fused_bias_refused_ = false, fused_relu_refused_ = false;
};

}  // namespace convnet::cudnn
