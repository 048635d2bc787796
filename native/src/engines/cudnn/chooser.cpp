#include "engines/cudnn/chooser.hpp"

#include <algorithm>
#include <functional>

#include "engines/cudnn/problem.hpp"
#include "engines/cudnn/scratch.hpp"
#include "geometry/error.hpp"

namespace convnet::cudnn {
namespace {

// cuDNN has no more than eight algorithms for a pass, each with at most two of the math types that it may answer with.
constexpr int capacity = 16;

// Strict float32 forbids the tensor cores, which would round it to TF32; the halves are what they are for.
api::Math math_for(const cn_cuda_problem& problem, const cn_cudnn_limits& limits) {
    switch (data_type(problem)) {
        case api::DataType::float32:
            return limits.tf32 != 0 && problem.strict == 0 ? api::Math::standard : api::Math::fma;
        case api::DataType::float64:
            return api::Math::standard;
        case api::DataType::float16:
        case api::DataType::bfloat16:
            return api::Math::tensor_op;
    }
    return api::Math::fma;
}

/// Memory for timing, in the order of Operands.
Operands operands_in(Pass pass, const ScratchTensors& t) {
    switch (pass) {
        case Pass::forward:
            return {t.x.data(), t.w.data(), t.y.data()};
        case Pass::backward_data:
            return {t.w.data(), t.y.data(), t.x.data()};
        case Pass::backward_filter:
            return {t.x.data(), t.y.data(), t.w.data()};
    }
    return {};
}

/// As much workspace as the hungriest candidate for which there is memory wants.
Scratch most_memory(const cn_cuda_allocator& allocator, const std::vector<Candidate>& candidates) {
    std::vector<std::int64_t> sizes;
    for (const Candidate& candidate : candidates) {
        sizes.push_back(candidate.workspace_bytes);
    }
    std::sort(sizes.begin(), sizes.end(), std::greater<>());
    for (const std::int64_t size : sizes) {
        if (Scratch workspace(allocator, size); workspace.bytes() == size) {
            return workspace;
        }
    }
    return Scratch(allocator, 0);
}

// Answers may differ in a math type that runs as the same one here.
bool contains(const std::vector<Candidate>& candidates, const Candidate& sought) {
    return std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& c) {
        return c.number == sought.number && c.convolution == sought.convolution;
    });
}

}  // namespace

Chooser::Chooser(const cn_cuda_problem& problem, const cn_cudnn_limits& limits, api::Handle handle,
                 Descriptors& descriptors)
    : problem_(problem),
      limits_(limits),
      handle_(handle),
      descriptors_(descriptors),
      math_(math_for(problem, limits)) {}

Question Chooser::question(Pass pass) { return {pass, handle_, descriptors_, descriptors_.convolution(math_)}; }

std::vector<Candidate> Chooser::guessed(Pass pass) {
    const Library& library = descriptors_.library();
    std::vector<api::Performance> offered(capacity);
    int count = 0;
    library.check(guess(question(pass), capacity, &count, offered.data()),
                  text("choosing an algorithm for ", name_of(pass)));
    offered.resize(static_cast<std::size_t>(count));
    std::string refused;
    auto candidates = allowed(pass, offered, refused);
    if (candidates.empty()) {
        throw Error(Status::unsupported, "engine",
                    text(library.name(), " has no algorithm for ", name_of(pass),
                         " within what is allowed: ", refused.empty() ? "it offers none" : refused,
                         "; allow more (workspace, order of sums) or choose another engine"));
    }
    return candidates;
}

std::vector<Candidate> Chooser::timed(Pass pass, std::vector<Candidate> guessed, const cn_cuda_allocator& allocator) {
    const ScratchTensors tensors(allocator, bytes_of(problem_));
    if (!tensors.complete()) {
        return guessed;
    }
    const Scratch workspace = most_memory(allocator, guessed);
    std::vector<api::Performance> offered(capacity);
    int count = 0;
    const api::Status status =
        measure(question(pass), operands_in(pass, tensors),
                {workspace.data(), static_cast<std::size_t>(workspace.bytes())}, capacity, &count, offered.data());
    if (status != api::Status::success) {
        return guessed;
    }
    offered.resize(static_cast<std::size_t>(count));
    std::string refused;
    auto candidates = allowed(pass, offered, refused);
    return candidates.empty() ? guessed : candidates;
}

std::vector<Candidate> Chooser::allowed(Pass pass, const std::vector<api::Performance>& offers, std::string& refused) {
    std::vector<Candidate> candidates;
    for (const api::Performance& offer : offers) {
        const Algorithm* const known = find_algorithm(pass, offer.algorithm);
        Candidate candidate{offer.algorithm, known != nullptr ? known->name : "unknown", nullptr, 0};
        std::string why = refusal(known, offer);
        if (why.empty()) {
            why = fit(pass, offer, candidate);
        }
        if (!why.empty()) {
            refused += text(refused.empty() ? "" : "; ", candidate.name, ": ", why);
        } else if (!contains(candidates, candidate)) {
            candidates.push_back(candidate);
        }
    }
    return candidates;
}

std::string Chooser::refusal(const Algorithm* known, const api::Performance& offer) const {
    if (known == nullptr) {
        return text("ConvNet does not know algorithm ", offer.algorithm);
    }
    if (offer.status != api::Status::success) {
        return descriptors_.library().explain(offer.status);
    }
    if (limits_.deterministic != 0 && !(known->deterministic && offer.determinism == api::Determinism::deterministic)) {
        return "not deterministic";
    }
    if (problem_.strict != 0 && !known->plain_sum) {
        return "not a plain sum, as strict accuracy wants";
    }
    if (offer.math == api::Math::tensor_op_allow_conversion) {
        return "rounds to a type of less accuracy";
    }
    if (math_ == api::Math::fma && offer.math == api::Math::tensor_op) {
        return "rounds to TF32";
    }
    return "";
}

std::string Chooser::fit(Pass pass, const api::Performance& offer, Candidate& candidate) {
    Question asked = question(pass);
    asked.convolution = candidate.convolution = descriptors_.convolution(math_of(offer));
    std::size_t bytes = 0;
    const api::Status status = workspace_bytes(asked, offer.algorithm, &bytes);
    if (status != api::Status::success) {
        return descriptors_.library().explain(status);
    }
    candidate.workspace_bytes = static_cast<std::int64_t>(bytes);
    if (candidate.workspace_bytes > limits_.workspace_limit_bytes) {
        return text("needs ", bytes, " bytes of workspace, and the limit is ", limits_.workspace_limit_bytes);
    }
    return "";
}

// What was asked for with FMA runs with it, also where cuDNN calls its answer the standard math type.
api::Math Chooser::math_of(const api::Performance& offer) const {
    return math_ == api::Math::fma ? api::Math::fma : offer.math;
}

}  // namespace convnet::cudnn
