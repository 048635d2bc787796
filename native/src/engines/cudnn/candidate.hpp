// A way in which cuDNN can do a work.
#pragma once

#include <atomic>

#include "engines/cudnn/pass.hpp"

namespace convnet::cudnn {

/// The argument that an error names when all is done but the epilogue.
inline constexpr const char* epilogue_argument = "epilogue";

/// What a candidate is run on.
struct Run {
    Epilogue epilogue;
    api::Handle handle;
    Operands operands;
    const void* bias;  ///< Null without an epilogue.
    Workspace workspace{};
    bool timed = false;  ///< For its time alone: what is left of the epilogue is not reported.
};

/// Used by any number of threads at once, each with a handle and workspace of its own.
class Candidate {
public:
    Candidate(const char* of_name, std::int64_t bytes, bool only_aligned)
        : name(of_name), workspace_bytes(bytes), wants_alignment(only_aligned) {}
    Candidate(const Candidate&) = delete;
    Candidate& operator=(const Candidate&) = delete;
    virtual ~Candidate() = default;

    /// Queues the work, in workspace of `workspace_bytes`. Throws `unsupported` naming the epilogue when that is missing.
    virtual api::Status run(const Run& run) const = 0;

    /// Whether cuDNN refused to run what it had promised.
    bool refused() const noexcept { return refused_; }
    void refuse() const noexcept { refused_ = true; }

    const char* const name;  ///< Static text.
    const std::int64_t workspace_bytes;
    const bool wants_alignment;  ///< Operands are at multiples of CN_CUDA_ALIGNMENT bytes.

private:
    mutable std::atomic<bool> refused_ = false;
};

}  // namespace convnet::cudnn
