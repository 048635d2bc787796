#include "engines/cudnn/descriptors.hpp"

#include "engines/cudnn/problem.hpp"

namespace convnet::cudnn {

Descriptors::Descriptors(const Library& library, const cn_cuda_problem& p)
    : library_(library),
      problem_(p),
      x_(make_tensor(p.batch, p.in_channels, spatial(p, p.in, 1))),
      y_(make_tensor(p.batch, p.out_channels, spatial(p, p.out, 1))),
      x_bias_(make_tensor(1, p.in_channels, std::vector<int>(spatial(p, p.in, 1).size(), 1))),
      y_bias_(make_tensor(1, p.out_channels, std::vector<int>(spatial(p, p.out, 1).size(), 1))),
      w_(make_filter()),
      identity_(make_activation(api::Activation::identity)),
      relu_(make_activation(api::Activation::relu)) {}

Owned<api::TensorDescriptor> Descriptors::make_tensor(std::int64_t images, std::int64_t channels,
                                                      const std::vector<int>& spatial_extents) const {
    std::vector<int> extents{static_cast<int>(images), static_cast<int>(channels)};
    extents.insert(extents.end(), spatial_extents.begin(), spatial_extents.end());
    const std::vector<int> distances = strides(extents, problem_.layout == CN_CUDA_CHANNELS_LAST);
    const api::Functions& f = library_.functions();
    auto tensor =
        make_owned(library_, f.cudnnCreateTensorDescriptor, f.cudnnDestroyTensorDescriptor, "tensor descriptor");
    library_.check(f.cudnnSetTensorNdDescriptor(tensor.get(), data_type(problem_), static_cast<int>(extents.size()),
                                                extents.data(), distances.data()),
                   "describing a tensor");
    return tensor;
}

Owned<api::FilterDescriptor> Descriptors::make_filter() const {
    std::vector<int> extents{static_cast<int>(problem_.out_channels),
                             static_cast<int>(problem_.in_channels / problem_.groups)};
    const std::vector<int> kernel = spatial(problem_, problem_.kernel, 1);
    extents.insert(extents.end(), kernel.begin(), kernel.end());
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
                                          dilation.data(), api::Mode::cross_correlation, compute_type(problem_)),
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
