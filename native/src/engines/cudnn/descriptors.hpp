// The descriptors of one problem.
#pragma once

#include <map>
#include <vector>

#include "engines/cudnn/owned.hpp"
#include "engines/cudnn/problem.hpp"

namespace convnet::cudnn {

class Descriptors {
public:
    Descriptors(const Library& library, const cn_cuda_problem& problem);

    const Library& library() const noexcept { return library_; }
    api::DataType compute_type() const { return cudnn::compute_type(problem_); }
    api::Tensor x() const noexcept { return x_.get(); }
    api::Tensor y() const noexcept { return y_.get(); }
    api::Filter w() const noexcept { return w_.get(); }
    api::Tensor x_bias() const noexcept { return x_bias_.get(); }  ///< One value per channel of x.
    api::Tensor y_bias() const noexcept { return y_bias_.get(); }
    api::ActivationFunction identity() const noexcept { return identity_.get(); }
    api::ActivationFunction relu() const noexcept { return relu_.get(); }

    /// The convolution with a math type. Each has a descriptor of its own, since plans are shared between threads.
    api::Convolution convolution(api::Math math);

private:
    Descriptors(const Library& library, const cn_cuda_problem& problem, const Extents& extents);

    Owned<api::TensorDescriptor> make_tensor(const std::vector<int>& extents) const;
    Owned<api::FilterDescriptor> make_filter(const std::vector<int>& extents) const;
    Owned<api::ConvolutionDescriptor> make_convolution(api::Math math) const;
    Owned<api::ActivationDescriptor> make_activation(api::Activation activation) const;

    const Library& library_;
    const cn_cuda_problem problem_;
    Owned<api::TensorDescriptor> x_, y_, x_bias_, y_bias_;
    Owned<api::FilterDescriptor> w_;
    Owned<api::ActivationDescriptor> identity_, relu_;
    std::map<api::Math, Owned<api::ConvolutionDescriptor>> convolutions_;
};

}  // namespace convnet::cudnn
