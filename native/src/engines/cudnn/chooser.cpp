#include "engines/cudnn/chooser.hpp"

#include <algorithm>

#include "engines/cudnn/problem.hpp"
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

// Answers may differ in a math type that runs as the same one here.
bool contains(const std::vector<Choice>& choices, const Choice& sought) {
    return std::any_of(choices.begin(), choices.end(), [&](const Choice& c) {
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

std::vector<Choice> Chooser::guessed(Pass pass) {
    const Library& library = descriptors_.library();
    std::vector<api::Performance> offered(capacity);
    int count = 0;
    library.check(guess(question(pass), capacity, &count, offered.data()),
                  text("choosing an algorithm for ", name_of(pass)));
    offered.resize(static_cast<std::size_t>(count));
    std::string refused;
    auto choices = allowed(pass, offered, refused);
    if (choices.empty()) {
        throw Error(Status::unsupported, "engine",
                    text(library.name(), " has no algorithm for ", name_of(pass),
                         " within what is allowed: ", refused.empty() ? "it offers none" : refused,
                         "; allow more (workspace, order of sums) or choose another engine"));
    }
    return choices;
}

std::vector<Choice> Chooser::allowed(Pass pass, const std::vector<api::Performance>& offers, std::string& refused) {
    std::vector<Choice> choices;
    for (const api::Performance& offer : offers) {
        const Algorithm* const known = find_algorithm(pass, offer.algorithm);
        Choice choice{offer.algorithm, known != nullptr ? known->name : "unknown", nullptr, 0};
        std::string why = refusal(known, offer);
        if (why.empty()) {
            why = fit(pass, offer, choice);
        }
        if (!why.empty()) {
            refused += text(refused.empty() ? "" : "; ", choice.name, ": ", why);
        } else if (!contains(choices, choice)) {
            choices.push_back(choice);
        }
    }
    return choices;
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

std::string Chooser::fit(Pass pass, const api::Performance& offer, Choice& choice) {
    Question asked = question(pass);
    asked.convolution = choice.convolution = descriptors_.convolution(math_of(offer));
    std::size_t bytes = 0;
    const api::Status status = workspace_bytes(asked, offer.algorithm, &bytes);
    if (status != api::Status::success) {
        return descriptors_.library().explain(status);
    }
    choice.workspace_bytes = static_cast<std::int64_t>(bytes);
    if (choice.workspace_bytes > limits_.workspace_limit_bytes) {
        return text("needs ", bytes, " bytes of workspace, and the limit is ", limits_.workspace_limit_bytes);
    }
    return "";
}

// What was asked for with FMA runs with it, also where cuDNN calls its answer the standard math type.
api::Math Chooser::math_of(const api::Performance& offer) const {
    return math_ == api::Math::fma ? api::Math::fma : offer.math;
}

}  // namespace convnet::cudnn
