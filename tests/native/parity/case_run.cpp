#include "parity/case_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include "devices/cuda/cuda_device.hpp"
#include "testing/core_layers.hpp"
#include "testing/device_array.hpp"
#include "testing/fnv.hpp"

namespace parity {
namespace {

using namespace testing_support;

convnet::EngineKind to_kind(const std::string& engine) {
    using convnet::EngineKind;
    const std::map<std::string, EngineKind> kinds{{"auto", EngineKind::automatic},
                                                  {"gemm", EngineKind::gemm},
                                                  {"direct", EngineKind::direct},
                                                  {"cudnn", EngineKind::cudnn}};
    return kinds.at(engine);
}

convnet::ConvolutionOptions to_options(const Case& c, const Target& target) {
    convnet::ConvolutionOptions o;
    o.engine = to_kind(target.engine);
    o.layout = target.layout;
    o.num_output = c.num_output;
    o.bias_term = c.bias;
    o.kernel = c.kernel;
    o.stride = c.stride;
    o.pad = c.pad;
    o.dilation = c.dilation;
    o.kernel_h = c.kernel_h;
    o.kernel_w = c.kernel_w;
    o.stride_h = c.stride_h;
    o.stride_w = c.stride_w;
    o.pad_h = c.pad_h;
    o.pad_w = c.pad_w;
    o.group = c.group;
    o.axis = c.axis;
    o.accuracy = c.fill == Fill::integer ? convnet::Accuracy::strict : convnet::Accuracy::standard;
    o.force_nd_im2col = c.force_nd;
    o.activation = c.slope ? convnet::Activation::relu : convnet::Activation::none;
    o.negative_slope = c.slope.value_or(0);
    return o;
}

/// By workspace limit, and whether they are autotuned.
auto& cuda_devices() {
    static std::map<std::pair<std::int64_t, bool>, std::shared_ptr<convnet::Device>> devices;
    return devices;
}

std::shared_ptr<convnet::Device> open_device(const Case& c, const Target& target) {
    if (!target.cuda) {
        return open_cpu(c.threads, c.workspace);
    }
    auto& device = cuda_devices()[{c.workspace, target.autotune}];
    if (device == nullptr) {
        convnet::CudaOptions options;
        options.autotune = target.autotune;
        options.workspace_limit_bytes = c.workspace;
        device = convnet::CudaDevice::open(options);
    }
    return device;
}

std::unique_ptr<convnet::Layer> make_layer(const Case& c, const Target& target, convnet::DataType type) {
    const convnet::ConvolutionOptions o = to_options(c, target);
    auto device = open_device(c, target);
    switch (c.layer) {
        case LayerKind::convolution:
            return std::make_unique<convnet::ConvolutionLayer>(std::move(device), type, o);
        case LayerKind::deconvolution:
            return std::make_unique<convnet::DeconvolutionLayer>(std::move(device), type, o);
        case LayerKind::im2col:
            return std::make_unique<convnet::Im2colLayer>(std::move(device), type, o);
    }
    return nullptr;
}

/// What a type computes exactly: 1 and the integers up to 1/eps.
template <class T>
constexpr double epsilon = std::numeric_limits<T>::epsilon();
template <>
constexpr double epsilon<convnet::Float16> = 0x1p-10;
template <>
constexpr double epsilon<convnet::BFloat16> = 0x1p-7;

template <class T>
double number(T value) {
    if constexpr (sizeof(T) == 2) {
        return static_cast<double>(static_cast<float>(value));
    } else {
        return static_cast<double>(value);
    }
}

/// The numbers of a case; types of 16 bits take those of float, rounded.
template <class T>
std::vector<T> drawn(std::int64_t count, Fill how, SplitMix64& random) {
    if constexpr (sizeof(T) == 2) {
        const std::vector<float> values = filled<float>(count, how, random);
        std::vector<T> rounded;
        rounded.reserve(values.size());
        for (const float value : values) {
            rounded.emplace_back(value);
        }
        return rounded;
    } else {
        return filled<T>(count, how, random);
    }
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class T>
class Run {
public:
    Run(const Case& c, const Target& target, const std::vector<GoldenTensor>& golden)
        : case_(c),
          golden_(golden),
          random_(c.seed),
          type_(sizeof(T) == 2 ? target.type : data_type<T>),
          channels_last_(target.layout == convnet::TensorLayout::channels_last),
          layer_(make_layer(c, target, type_)) {}

    CaseResult run() {
        for (const auto& shape : case_.steps()) {
            layer_->reshape(ordered(shape));
            if (layer_->plan() != nullptr) {
                result_.engines.emplace_back(layer_->plan()->engine_name());
            }
            if (parameters_.empty() && case_.has_parameters()) {
                set_parameters();
            }
            for (int call = 0; call < case_.calls; ++call) {
                run_call(shape);
            }
            for (std::size_t i = 0; i < parameters_.size(); ++i) {
                compare_parameter_diff(static_cast<int>(i));
            }
        }
        check(next_ == golden_.size(), "there are fewer results than golden ones");
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            check(same_bits(read(*layer_->parameter(static_cast<int>(i)), false), parameters_[i]),
                  "a parameter was changed");
        }
        result_.digest = digest_.value();
        return std::move(result_);
    }

private:
    bool frozen(int parameter) const { return parameter == 0 ? case_.weights_frozen : case_.bias_frozen; }

    void set_parameters() {
        for (int i = 0; i < layer_->parameter_count(); ++i) {
            parameters_.push_back(drawn<T>(layer_->parameter(i)->shape().count(), case_.fill, random_));
            layer_->parameter(i)->copy_from_host(parameters_.back().data());
            layer_->set_param_propagate_down(i, !frozen(i));
        }
    }

    std::vector<T> read(convnet::Blob& blob, bool diff) const {
        std::vector<T> values(static_cast<std::size_t>(blob.shape().count()));
        blob.device().copy_to_host(values.data(), diff ? blob.diff() : blob.data(), blob.bytes());
        return values;
    }

    /// Where the channels of a shape of the case are.
    std::size_t channel_axis(const std::vector<std::int64_t>& shape) const {
        return static_cast<std::size_t>(case_.axis < 0 ? case_.axis + static_cast<int>(shape.size()) : case_.axis);
    }

    /// A shape of the case, whose channels are first, in the layer's layout.
    convnet::Shape ordered(std::vector<std::int64_t> shape) const {
        if (channels_last_) {
            const auto channels = shape.begin() + static_cast<std::ptrdiff_t>(channel_axis(shape));
            std::rotate(channels, channels + 1, shape.end());
        }
        return convnet::Shape(shape);
    }

    /// The values of a tensor in the layer's layout, or back again.
    std::vector<T> ordered(const std::vector<T>& values, const std::vector<std::int64_t>& shape, bool back) const {
        if (!channels_last_) {
            return values;
        }
        const auto channels = static_cast<std::size_t>(shape[channel_axis(shape)]);
        const auto positions = static_cast<std::size_t>(
            count({shape.begin() + static_cast<std::ptrdiff_t>(channel_axis(shape)) + 1, shape.end()}));
        std::vector<T> result(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::size_t image = i / (channels * positions), channel = i / positions % channels;
            const std::size_t place = (image * positions + i % positions) * channels + channel;
            result[back ? i : place] = values[back ? place : i];
        }
        return result;
    }

    convnet::TensorView view(const DeviceArray<T>& array, const convnet::Shape& shape) const {
        return {array.data(), layer_->device().type(), layer_->device().index(), type_, shape.extents(), nullptr};
    }

    void run_call(const std::vector<std::int64_t>& shape) {
        convnet::Device& device = layer_->device();
        const std::vector<std::int64_t> top_shape = case_.top_shape(shape);
        check(layer_->top_shape() == ordered(top_shape), "the top has another shape");
        std::vector<std::vector<T>> bottoms_before, top_diffs_before;
        std::vector<DeviceArray<T>> bottoms, top_diffs, tops, bottom_diffs;
        std::vector<convnet::TensorView> x, y, dx, dy;
        for (int i = 0; i < case_.bottoms; ++i) {
            bottoms_before.push_back(ordered(drawn<T>(count(shape), case_.fill, random_), shape, false));
            top_diffs_before.push_back(ordered(drawn<T>(count(top_shape), case_.fill, random_), top_shape, false));
            bottoms.emplace_back(device, bottoms_before.back());
            top_diffs.emplace_back(device, top_diffs_before.back());
            tops.emplace_back(device, count(top_shape));
            bottom_diffs.emplace_back(device, count(shape));
            x.push_back(view(bottoms.back(), layer_->bottom_shape()));
            y.push_back(view(tops.back(), layer_->top_shape()));
            dx.push_back(view(bottom_diffs.back(), layer_->bottom_shape()));
            dy.push_back(view(top_diffs.back(), layer_->top_shape()));
        }
        layer_->forward(x, y);
        layer_->backward(dy, x, dx, case_.propagate, y);
        for (std::size_t i = 0; i < bottoms.size(); ++i) {
            check(same_bits(bottoms[i].values(), bottoms_before[i]) &&
                      same_bits(top_diffs[i].values(), top_diffs_before[i]),
                  "an input was changed");
            check(bottoms[i].guards_untouched() && top_diffs[i].guards_untouched(),
                  "memory around an input was written");
        }
        for (const auto& top : tops) {
            compare(ordered(top.values(), top_shape, true));
            check(top.guards_untouched(), "memory around a top was written");
        }
        for (int i = 0; i < case_.bottoms; ++i) {
            const auto& diff = bottom_diffs[static_cast<std::size_t>(i)];
            check(diff.guards_untouched(), "memory around a bottom's gradient was written");
            if (case_.propagates(i)) {
                compare(ordered(diff.values(), shape, true));
            } else {
                check(same_bits(diff.values(), DeviceArray<T>::poisoned(count(shape))),
                      "a bottom's gradient was written that was not wanted");
            }
        }
    }

    void compare_parameter_diff(int i) {
        if (frozen(i)) {
            check(!layer_->parameter(i)->has_diff(), "a frozen parameter has a gradient");
        } else {
            compare(read(*layer_->parameter(i), true));
        }
    }

    /// Integers whose sums the type holds are exact, in any order of the additions. Below the normal numbers of a type
    /// of 16 bits each of the `terms` may be off by a step.
    double allowed(double magnitude, double terms) const {
        // A slope that is a power of two makes them multiples of it.
        const double step = case_.slope.value_or(0.0F) > 0 ? *case_.slope : 1;
        if (case_.fill == Fill::integer && magnitude <= 2 / epsilon<T> * step) {
            return 0;
        }
        if constexpr (sizeof(T) == 2) {
            return half_error_bound * epsilon<T> * magnitude + 0x1p-24 * terms;
        }
        return error_bound * epsilon<T> * std::sqrt(terms) * magnitude;
    }

    void compare(const std::vector<T>& values) {
        digest_.add(std::span<const T>(values));
        if (next_ >= golden_.size() || golden_[next_].value.size() != values.size()) {
            check(false, "result " + std::to_string(next_) + " has another size than the golden one");
            ++next_;
            return;
        }
        const GoldenTensor& golden = golden_[next_];
        const double unit = epsilon<T> * std::sqrt(static_cast<double>(golden.terms));
        std::size_t wrong = 0, first = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double error = std::abs(number(values[i]) - golden.value[i]);
            if (!(error <= allowed(golden.magnitude[i], static_cast<double>(golden.terms)))) {  // also when it is NaN
                first = wrong++ == 0 ? i : first;
            }
            if (error > 0) {
                result_.worst_error = std::max(result_.worst_error, error / (unit * golden.magnitude[i]));
            }
        }
        check(wrong == 0, "result " + std::to_string(next_) + ": " + std::to_string(wrong) + " of " +
                              std::to_string(values.size()) + " elements are wrong; the first is " +
                              std::to_string(first) + ", " + std::to_string(number(values[first])) + " instead of " +
                              std::to_string(golden.value[first]));
        ++next_;
    }

    void check(bool right, const std::string& otherwise) {
        if (!right) {
            result_.failures.push_back(otherwise);
        }
    }

    const Case& case_;
    const std::vector<GoldenTensor>& golden_;
    SplitMix64 random_;
    const convnet::DataType type_;
    const bool channels_last_;
    std::unique_ptr<convnet::Layer> layer_;
    std::vector<std::vector<T>> parameters_;
    std::size_t next_ = 0;
    Fnv1a digest_;
    CaseResult result_;
};

}  // namespace

void close_cuda_devices() { cuda_devices().clear(); }

CaseResult run_case(const Case& c, const Target& target, const std::vector<GoldenTensor>& golden) {
    switch (target.type) {
        case convnet::DataType::float16:
            return Run<convnet::Float16>(c, target, golden).run();
        case convnet::DataType::bfloat16:
            return Run<convnet::BFloat16>(c, target, golden).run();
        default:
            return c.is_double ? Run<double>(c, target, golden).run() : Run<float>(c, target, golden).run();
    }
}

}  // namespace parity
