#include "parity/case_run.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include "testing/core_layers.hpp"
#include "testing/fnv.hpp"

namespace parity {
namespace {

using namespace testing_support;

convnet::EngineKind to_kind(const std::string& engine) {
    using convnet::EngineKind;
    return engine == "gemm" ? EngineKind::gemm : engine == "direct" ? EngineKind::direct : EngineKind::automatic;
}

convnet::ConvolutionOptions to_options(const Case& c, const std::string& engine) {
    convnet::ConvolutionOptions o;
    o.engine = to_kind(engine);
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
    o.force_nd_im2col = c.force_nd;
    return o;
}

std::unique_ptr<convnet::Layer> make_layer(const Case& c, const std::string& engine) {
    const convnet::ConvolutionOptions o = to_options(c, engine);
    auto device = open_cpu(c.threads, c.workspace);
    const auto type = c.is_double ? convnet::DataType::float64 : convnet::DataType::float32;
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

template <class T>
class Run {
public:
    Run(const Case& c, const std::string& engine, const std::vector<GoldenTensor>& golden)
        : case_(c), golden_(golden), random_(c.seed), layer_(make_layer(c, engine)) {}

    CaseResult run() {
        for (const auto& shape : case_.steps()) {
            layer_->reshape(convnet::Shape(shape));
            if (layer_->plan() != nullptr) {
                result_.engines.emplace_back(layer_->plan()->engine_name());
            }
            if (parameters_.empty() && case_.has_parameters()) {
                set_parameters();
            }
            for (int call = 0; call < case_.calls; ++call) {
                run_call(convnet::Shape(shape));
            }
            for (std::size_t i = 0; i < parameters_.size(); ++i) {
                compare_parameter_diff(static_cast<int>(i));
            }
        }
        check(next_ == golden_.size(), "there are fewer results than golden ones");
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            const auto now = parameter_data<T>(*layer_, static_cast<int>(i));
            check(std::equal(now.begin(), now.end(), parameters_[i].begin()), "a parameter was changed");
        }
        result_.digest = digest_.value();
        return std::move(result_);
    }

private:
    bool frozen(int parameter) const { return parameter == 0 ? case_.weights_frozen : case_.bias_frozen; }

    void set_parameters() {
        for (int i = 0; i < layer_->parameter_count(); ++i) {
            parameters_.push_back(filled<T>(layer_->parameter(i)->shape().count(), case_.fill, random_));
            set_parameter_data(*layer_, i, parameters_.back());
            layer_->set_param_propagate_down(i, !frozen(i));
        }
    }

    void run_call(const convnet::Shape& shape) {
        std::vector<std::vector<T>> bottoms, top_diffs;
        std::vector<Guarded<T>> tops, bottom_diffs;
        for (int i = 0; i < case_.bottoms; ++i) {
            bottoms.push_back(filled<T>(shape.count(), case_.fill, random_));
            top_diffs.push_back(filled<T>(layer_->top_shape().count(), case_.fill, random_));
            tops.emplace_back(layer_->top_shape().count());
            bottom_diffs.emplace_back(shape.count());
        }
        const auto bottoms_before = bottoms, top_diffs_before = top_diffs;
        std::vector<convnet::TensorView> x, y, dx, dy;
        for (std::size_t i = 0; i < bottoms.size(); ++i) {
            x.push_back(view(bottoms[i].data(), layer_->bottom_shape()));
            y.push_back(view(tops[i].data(), layer_->top_shape()));
            dx.push_back(view(bottom_diffs[i].data(), layer_->bottom_shape()));
            dy.push_back(view(top_diffs[i].data(), layer_->top_shape()));
        }
        layer_->forward(x, y);
        layer_->backward(dy, x, dx, case_.propagate);
        check(bottoms == bottoms_before && top_diffs == top_diffs_before, "an input was changed");
        for (auto& top : tops) {
            compare(top.values());
            check(top.guards_untouched(), "memory around a top was written");
        }
        for (int i = 0; i < case_.bottoms; ++i) {
            auto& diff = bottom_diffs[static_cast<std::size_t>(i)];
            check(diff.guards_untouched(), "memory around a bottom's gradient was written");
            if (case_.propagates(i)) {
                compare(diff.values());
            } else {
                const auto poisoned = [](T value) { return std::isnan(value); };
                check(std::all_of(diff.values().begin(), diff.values().end(), poisoned),
                      "a bottom's gradient was written that was not wanted");
            }
        }
    }

    void compare_parameter_diff(int i) {
        if (frozen(i)) {
            check(!layer_->parameter(i)->has_diff(), "a frozen parameter has a gradient");
        } else {
            compare(std::span<const T>(parameter_diff<T>(*layer_, i)));
        }
    }

    void compare(std::span<const T> values) {
        digest_.add(values);
        if (next_ >= golden_.size() || golden_[next_].value.size() != values.size()) {
            check(false, "result " + std::to_string(next_) + " has another size than the golden one");
            ++next_;
            return;
        }
        const GoldenTensor& golden = golden_[next_];
        const double unit = std::numeric_limits<T>::epsilon() * std::sqrt(static_cast<double>(golden.terms));
        std::size_t wrong = 0, first = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double error = std::abs(static_cast<double>(values[i]) - golden.value[i]);
            const double most = case_.fill == Fill::integer ? 0 : error_bound * unit * golden.magnitude[i];
            if (!(error <= most)) {  // also when it is NaN
                first = wrong++ == 0 ? i : first;
            }
            if (error > 0) {
                result_.worst_error = std::max(result_.worst_error, error / (unit * golden.magnitude[i]));
            }
        }
        check(wrong == 0, "result " + std::to_string(next_) + ": " + std::to_string(wrong) + " of " +
                              std::to_string(values.size()) + " elements are wrong; the first is " +
                              std::to_string(first) + ", " + std::to_string(values[first]) + " instead of " +
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
    std::unique_ptr<convnet::Layer> layer_;
    std::vector<std::vector<T>> parameters_;
    std::size_t next_ = 0;
    Fnv1a digest_;
    CaseResult result_;
};

}  // namespace

CaseResult run_case(const Case& c, const std::string& engine, const std::vector<GoldenTensor>& golden) {
    return c.is_double ? Run<double>(c, engine, golden).run() : Run<float>(c, engine, golden).run();
}

}  // namespace parity
