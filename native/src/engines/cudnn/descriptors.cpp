#include "engines/cudnn/descriptors.hpp"

namespace convnet::cudnn {

Descriptors::Descriptors(const Library& library, const cn_cuda_problem& problem)
    : Descriptors(library, problem, extents_of(problem)) {}

Descriptors::Descriptors(const Library& library, const cn_cuda_problem& problem, const Extents& extents)
    : library_(library),
      problem_(problem),
      x_(make_tensor(extents.x)),
      y_(make_tensor(extents.y)),
      x_bias_(make_tensor(extents.x_bias)),
      y_bias_(make_tensor(extents.y_bias)),
      w_(make_filter(extents.w)),
      identity_(make_activation(api::Activation::identity)),
      relu_(make_activation(api::Activation::relu)) {}

Owned<api::TensorDescriptor> Descriptors::make_tensor(const std::vector<int>& extents) const {
    const std::vector<int> distances = strides(extents, problem_.layout == CN_CUDA_CHANNELS_LAST);
    const api::Functions& f = library_.functions();
    auto tensor =
        make_owned(library_, f.cudnnCreateTensorDescriptor, f.cudnnDestroyTensorDescriptor, "tensor descriptor");
    library_.check(f.cudnnSetTensorNdDescriptor(tensor.get(), data_type(problem_), static_cast<int>(extents.size()),
                                                extents.data(), distances.data()),
                   "describing a tensor");
    return tensor;
}

Owned<api::FilterDescriptor> Descriptors::make_filter(const std::vector<int>& extents) const {
    const auto format = problem_.layout == CN_CUDA_CHANNELS_LAST ? api::Format::nhwc : api::Format::nchw;
    const api::Functions& f = library_.functions();
    auto filter =
        make_owned(library_, f.cudnnCreateFilterDescriptor, f.cudnnDestroyFilterDescriptor, "filter descriptor");
    library_.check(f.cudnnSetFilterNdDescriptor(filter.get(), data_type(problem_), format,
                                                static_cast<int>(extents.size()), extents.data()),
                   "describing the weights");
    return filter;
}

Owned<api::ConvolutionDescriptor> Descriptors::make_convolution(api::Math math) const {
    const std::vector<int> pad = spatial(problem_, problem_.pad, 0), stride = spatial(problem_, problem_.stride, 1),
                           dilation = spatial(problem_, problem_.dilation, 1);
    const api::Functions& f = library_.functions();
    auto convolution = make_owned(library_, f.cudnnCreateConvolutionDescriptor, f.cudnnDestroyConvolutionDescriptor,
                                  "convolution descriptor");
    library_.check(
        f.cudnnSetConvolutionNdDescriptor(convolution.get(), static_cast<int>(pad.size()), pad.data(), stride.data(),
                                          dilation.data(), api::Mode::cross_correlation, compute_type()),
        "describing a convolution");
    library_.check(f.cudnnSetConvolutionGroupCount(convolution.get(), static_cast<int>(problem_.groups)),
                   "setting a convolution's groups");
    library_.check(f.cudnnSetConvolutionMathType(convolution.get(), math), "setting a convolution's math type");
    return convolution;
}

Owned<api::ActivationDescriptor> Descriptors::make_activation(api::Activation which) const {
    const api::Functions& f = library_.functions();
    auto activation = make_owned(library_, f.cudnnCreateActivationDescriptor, f.cudnnDestroyActivationDescriptor,
                                 "activation descriptor");
    library_.check(f.cudnnSetActivationDescriptor(activation.get(), which, api::NanPropagation::propagate, 0.0),
                   "describing an activation");
    return activation;
}

api::Convolution Descriptors::convolution(api::Math math) {
    auto found = convolutions_.find(math);
    if (found == convolutions_.end()) {
        found = convolutions_.emplace(math, make_convolution(math)).first;
    }
    return found->second.get();
}

}  // namespace convnet::cudnn
