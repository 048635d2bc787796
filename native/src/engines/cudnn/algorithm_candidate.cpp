#include "engines/cudnn/algorithm_candidate.hpp"

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

api::Status AlgorithmCandidate::run(const Run& r) const {
    if (fuses(r.epilogue)) {
        const api::Status status = run_fused(r);
        if (!is_refusal(status)) {
            return status;
        }
        (r.epilogue == Epilogue::bias ? fused_bias_refused_ : fused_relu_refused_) = true;
    }
    const auto [one, zero] = factors(descriptors_.compute_type());
    const api::Status status = compute({pass_, r.handle, descriptors_, convolution_}, r.operands, r.workspace, number_,
                                       one, adds_ ? one : zero);
    return status == api::Status::success && r.epilogue != Epilogue::none ? finish(r) : status;
}

// cuDNN adds a bias together with a rectifier in every algorithm, and alone in this one only; neither for every type and
// layout.
bool AlgorithmCandidate::fuses(Epilogue epilogue) const noexcept {
    if (pass_ != Pass::forward || epilogue == Epilogue::none) {
        return false;
    }
    return epilogue == Epilogue::bias ? number_ == api::forward::implicit_precomp_gemm && !fused_bias_refused_
                                      : !fused_relu_refused_;
}

api::Status AlgorithmCandidate::run_fused(const Run& r) const {
    const auto [one, zero] = factors(descriptors_.compute_type());
    const Descriptors& d = descriptors_;
    const Operands& o = r.operands;
    return d.library().functions().cudnnConvolutionBiasActivationForward(
        r.handle, one, d.x(), o.first, d.w(), o.second, convolution_, number_, r.workspace.data, r.workspace.bytes,
        zero, d.y(), o.result, d.y_bias(), r.bias, r.epilogue == Epilogue::bias ? d.identity() : d.relu(), d.y(),
        o.result);
}

// What is missing when this throws `unsupported` is the epilogue alone. Timed, adding a bias stands in for the kernel
// that does all of it afterwards.
api::Status AlgorithmCandidate::finish(const Run& r) const {
    const Library& library = descriptors_.library();
    if (r.epilogue == Epilogue::bias_and_relu && !r.timed) {
        throw Error(Status::unsupported, epilogue_argument,
                    text(library.name(), " cannot add a bias and rectify by ", name, "; choose another engine"));
    }
    const bool forward = pass_ == Pass::forward;
    const void* const one = factors(descriptors_.compute_type()).one;
    const api::Status status = library.functions().cudnnAddTensor(
        r.handle, one, forward ? descriptors_.y_bias() : descriptors_.x_bias(), r.bias, one,
        forward ? descriptors_.y() : descriptors_.x(), r.operands.result);
    if (!is_not_supported(status)) {
        return status;
    }
    if (r.timed) {
        return api::Status::success;
    }
    throw Error(Status::unsupported, epilogue_argument,
                text(library.name(), " cannot add a bias to this tensor: ", library.explain(status),
                     "; choose another engine"));
}

}  // namespace convnet::cudnn
