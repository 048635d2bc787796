#include "engines/cudnn/plan.hpp"

#include "engines/cudnn/problem.hpp"
#include "engines/cudnn/status.hpp"

namespace convnet::cudnn {
namespace {

/// cuDNN reads its factors as double for float64, else as float.
struct Factors {
    const void *one, *zero;
};

Factors factors(api::DataType compute_type) {
    static constexpr float ones = 1, zeros = 0;
    static constexpr double doubles[] = {1, 0};
    return compute_type == api::DataType::float64 ? Factors{&doubles[0], &doubles[1]} : Factors{&ones, &zeros};
}

}  // namespace

Plan::Plan(const Library& library, Handles& handles, const cn_cuda_problem& problem, const cn_cudnn_limits& limits,
           const cn_cuda_allocator* allocator)
    : library_(library), handles_(handles), compute_type_(compute_type(problem)), descriptors_(library, problem) {
    // No stream is known yet; the default one serves to ask on.
    const auto handle = handles.acquire(nullptr);
    Chooser chooser(problem, limits, handle.get(), descriptors_);
    for (const Pass pass : passes) {
        auto chosen = chooser.guessed(pass);
        if (limits.autotune != 0 && allocator != nullptr) {
            chosen = chooser.timed(pass, std::move(chosen), *allocator);
        }
        candidates_[static_cast<std::size_t>(pass)] = std::move(chosen);
    }
}

const Candidate* Plan::next(Pass pass, std::int64_t bytes, const Candidate* after) const noexcept {
    const auto& all = candidates(pass);
    const std::uint32_t refused = refused_[static_cast<std::size_t>(pass)];
    for (std::size_t i = after == nullptr ? 0 : static_cast<std::size_t>(after - all.data()) + 1; i < all.size(); ++i) {
        if (all[i].workspace_bytes <= bytes && (refused >> i & 1u) == 0) {
            return &all[i];
        }
    }
    return nullptr;
}

const Candidate& Plan::algorithm(Pass pass, std::int64_t bytes) const {
    const Candidate* const best = next(pass, bytes, nullptr);
    if (best == nullptr) {
        throw Error(Status::unsupported, "workspace_limit_bytes",
                    text(library_.name(), " has no algorithm for ", name_of(pass), " that ", bytes,
                         " bytes of workspace suffice for; allow more, or choose another engine"));
    }
    return *best;
}

template <class Run>
void Plan::run(Pass pass, const cn_cudnn_launch& launch, const Run& compute_with) const {
    const auto handle = handles_.acquire(launch.stream);
    const Candidate* candidate = &algorithm(pass, launch.workspace_bytes);
    std::string tried;
    Status kind = Status::unsupported;
    for (; candidate != nullptr; candidate = next(pass, launch.workspace_bytes, candidate)) {
        const Workspace workspace{launch.workspace, static_cast<std::size_t>(candidate->workspace_bytes)};
        const api::Status status =
            compute_with(Question{pass, handle.get(), descriptors_, candidate->convolution}, workspace, *candidate);
        if (status == api::Status::success) {
            if (launch.algorithm != nullptr) {
                *launch.algorithm = candidate->name;
            }
            return;
        }
        if (!may_try_another(status)) {
            library_.check(status, text(name_of(pass), " by ", candidate->name));
        }
        if (is_not_supported(status)) {
            const auto index = static_cast<std::size_t>(candidate - candidates(pass).data());
            refused_[static_cast<std::size_t>(pass)] |= std::uint32_t{1} << index;
        } else {
            kind = kind_of(status);
        }
        tried += text(tried.empty() ? "" : "; ", candidate->name, ": ", library_.explain(status));
    }
    throw Error(kind, "",
                text(library_.name(), " could not run ", name_of(pass), " by any algorithm: ", tried,
                     "; free memory of the device, or choose another engine"));
}

// What is missing when this throws `unsupported` is the bias alone.
api::Status Plan::add_bias(api::Handle handle, api::Tensor bias_descriptor, const void* bias, api::Tensor descriptor,
                           void* data) const {
    const void* const one = factors(compute_type_).one;
    const api::Status status =
        library_.functions().cudnnAddTensor(handle, one, bias_descriptor, bias, one, descriptor, data);
    if (is_not_supported(status)) {
        throw Error(Status::unsupported, epilogue_argument,
                    text(library_.name(), " cannot add a bias to this tensor: ", library_.explain(status),
                         "; choose another engine"));
    }
    return status;
}

// cuDNN adds a bias together with a rectifier in every algorithm, and alone in this one only; neither for every type and
// layout.
api::Status Plan::convolve_with_epilogue(const Question& q, const Operands& o, const Workspace& ws, const Candidate& c,
                                         const cn_cuda_epilogue& epilogue) const {
    const auto [one, zero] = factors(compute_type_);
    const Descriptors& d = descriptors_;
    const bool rectifies = epilogue.slope != 1;
    std::atomic<bool>& refused = rectifies ? fused_relu_refused_ : fused_bias_refused_;
    if ((rectifies || c.number == api::forward::implicit_precomp_gemm) && !refused) {
        const api::Status status = library_.functions().cudnnConvolutionBiasActivationForward(
            q.handle, one, d.x(), o.first, d.w(), o.second, q.convolution, c.number, ws.data, ws.bytes, zero, d.y(),
            o.result, d.y_bias(), epilogue.bias, rectifies ? d.relu() : d.identity(), d.y(), o.result);
        if (!is_refusal(status)) {
            return status;
        }
        refused = true;
    }
    const api::Status status = compute(q, o, ws, c.number, one, zero);
    if (status != api::Status::success) {
        return status;
    }
    if (rectifies) {
        throw Error(Status::unsupported, epilogue_argument,
                    text(library_.name(), " cannot add a bias and rectify by ", c.name, "; choose another engine"));
    }
    return add_bias(q.handle, d.y_bias(), epilogue.bias, d.y(), o.result);
}

void Plan::forward(const cn_cudnn_launch& launch, const void* x, const void* w, const cn_cuda_epilogue& epilogue,
                   void* y) const {
    const auto [one, zero] = factors(compute_type_);
    run(Pass::forward, launch, [&](const Question& question, const Workspace& workspace, const Candidate& candidate) {
        const Operands operands{x, w, y};
        return epilogue.bias != nullptr ? convolve_with_epilogue(question, operands, workspace, candidate, epilogue)
                                        : compute(question, operands, workspace, candidate.number, one, zero);
    });
}

void Plan::backward_data(const cn_cudnn_launch& launch, const void* dy, const void* w, const cn_cuda_epilogue& epilogue,
                         void* dx) const {
    const auto [one, zero] = factors(compute_type_);
    run(Pass::backward_data, launch, [&](const Question& question, const Workspace& workspace, const Candidate& c) {
        const api::Status status = compute(question, {w, dy, dx}, workspace, c.number, one, zero);
        return status == api::Status::success && epilogue.bias != nullptr
                   ? add_bias(question.handle, descriptors_.x_bias(), epilogue.bias, descriptors_.x(), dx)
                   : status;
    });
}

// The factor 1 on what is there makes it add.
void Plan::backward_filter(const cn_cudnn_launch& launch, const void* x, const void* dy, void* dw) const {
    const void* const one = factors(compute_type_).one;
    run(Pass::backward_filter, launch, [&](const Question& question, const Workspace& workspace, const Candidate& c) {
        return compute(question, {x, dy, dw}, workspace, c.number, one, one);
    });
}

}  // namespace convnet::cudnn
