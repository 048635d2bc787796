// oneDNN, as a user calls it who holds plain tensors: it may choose the layouts it likes best ("any"), and what is then
// reordered in every call is part of the call. Weights are reordered once for the forward pass, and in every backward
// pass, because there they change between calls. Everything else is made once, in the constructor.
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "problem.hpp"

namespace bench {
namespace {

using dnnl::memory;
using Dims = memory::dims;
using Tag = memory::format_tag;

dnnl::engine& cpu() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

dnnl::stream& stream() {
    static dnnl::stream stream(cpu());
    return stream;
}

memory::desc plain(const Dims& dims, Tag tag) { return {dims, memory::data_type::f32, tag}; }

/** The shapes of a problem in oneDNN's words: weights are [groups,] outputs, inputs, k, k, whatever their order. */
struct Descriptions {
    explicit Descriptions(const Problem& p)
        : bottom(plain({p.batch, p.channels, p.height, p.width}, Tag::nchw)),
          weights(weights_of(p)),
          bias(plain({p.outputs}, Tag::x)),
          top(plain({p.batch, p.outputs, p.out_height, p.out_width}, Tag::nchw)),
          strides{p.stride, p.stride},
          dilation{p.dilation - 1, p.dilation - 1},
          pad{p.pad, p.pad} {}

    static memory::desc weights_of(const Problem& p) {
        const int64_t out = p.outputs / p.group, in = p.channels / p.group;
        const bool swapped = p.transposed != 0;
        if (p.group == 1) return plain({out, in, p.kernel, p.kernel}, swapped ? Tag::iohw : Tag::oihw);
        return plain({p.group, out, in, p.kernel, p.kernel}, swapped ? Tag::giohw : Tag::goihw);
    }

    memory::desc bottom, weights, bias, top;
    Dims strides, dilation, pad;
};

memory::desc any(const memory::desc& d) { return {d.dims(), memory::data_type::f32, Tag::any}; }

/** A tensor as the user has it, as the primitive wants it, and the way from one to the other. */
class Argument {
public:
    Argument() = default;

    Argument(const memory::desc& user, const memory::desc& wanted, float* data)
        : user_(user, cpu(), data), own_(wanted == user ? user_ : memory(wanted, cpu())), moves_(wanted != user) {}

    void prepare_reading() {
        if (moves_) reorder_ = dnnl::reorder(user_, own_);
        from_ = &user_;
        to_ = &own_;
    }

    void prepare_writing() {
        if (moves_) reorder_ = dnnl::reorder(own_, user_);
        from_ = &own_;
        to_ = &user_;
    }

    void move() {
        if (moves_) reorder_.execute(stream(), *from_, *to_);
    }

    const memory& own() const { return own_; }

private:
    memory user_, own_;
    bool moves_ = false;
    dnnl::reorder reorder_;
    memory* from_ = nullptr;
    memory* to_ = nullptr;
};

struct Convolution {
    using forward = dnnl::convolution_forward;
    using backward_data = dnnl::convolution_backward_data;
    using backward_weights = dnnl::convolution_backward_weights;
};

struct Deconvolution {
    using forward = dnnl::deconvolution_forward;
    using backward_data = dnnl::deconvolution_backward_data;
    using backward_weights = dnnl::deconvolution_backward_weights;
};

class OneDnnPeer {
public:
    OneDnnPeer(const Problem& p, Pass pass, dnnl::algorithm algorithm, const Tensors& t)
        : threads_(p.threads), pass_(pass) {
        omp_set_num_threads(static_cast<int>(threads_));
        const Descriptions d(p);
        if (p.transposed != 0) {
            create<Deconvolution>(d, algorithm, t);
        } else {
            create<Convolution>(d, algorithm, t);
        }
        stream().wait();
    }

    // Arguments know where they are.
    OneDnnPeer(const OneDnnPeer&) = delete;
    OneDnnPeer& operator=(const OneDnnPeer&) = delete;

    void run(bool with_reorders) {
        omp_set_num_threads(static_cast<int>(threads_));
        if (with_reorders) {
            for (Argument* input : moved_inputs_) input->move();
        }
        primitive_.execute(stream(), arguments_);
        if (with_reorders) output_->move();
        stream().wait();
    }

    const std::string& implementation() const { return implementation_; }

private:
    template <typename Layer>
    void create(const Descriptions& d, dnnl::algorithm algorithm, const Tensors& t) {
        const typename Layer::forward::primitive_desc forward(
            {pass_ == Pass::forward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training, algorithm,
             any(d.bottom), any(d.weights), d.bias, any(d.top), d.strides, d.dilation, d.pad, d.pad},
            cpu());
        if (pass_ == Pass::forward) {
            create_forward<typename Layer::forward>(forward, d, t);
        } else if (pass_ == Pass::backward_data) {
            create_backward_data<typename Layer::backward_data>(forward, d, algorithm, t);
        } else {
            create_backward_weights<typename Layer::backward_weights>(forward, d, algorithm, t);
        }
    }

    template <typename Primitive>
    void create_forward(const typename Primitive::primitive_desc& pd, const Descriptions& d, const Tensors& t) {
        take(pd.impl_info_str(), Primitive(pd));
        read(bottom_, DNNL_ARG_SRC, {d.bottom, pd.src_desc(), t.bottom}, true);
        read(weights_, DNNL_ARG_WEIGHTS, {d.weights, pd.weights_desc(), t.weights}, false);
        write(top_, DNNL_ARG_DST, {d.top, pd.dst_desc(), t.top});
        bias_ = memory(d.bias, cpu(), const_cast<float*>(t.bias));
        arguments_.insert({DNNL_ARG_BIAS, bias_});
    }

    template <typename Primitive, typename Hint>
    void create_backward_data(const Hint& hint, const Descriptions& d, dnnl::algorithm algorithm, const Tensors& t) {
        const typename Primitive::primitive_desc pd(
            {algorithm, any(d.bottom), any(d.weights), any(d.top), d.strides, d.dilation, d.pad, d.pad}, cpu(), hint);
        take(pd.impl_info_str(), Primitive(pd));
        read(top_, DNNL_ARG_DIFF_DST, {d.top, pd.diff_dst_desc(), t.top}, true);
        read(weights_, DNNL_ARG_WEIGHTS, {d.weights, pd.weights_desc(), t.weights}, true);
        write(bottom_, DNNL_ARG_DIFF_SRC, {d.bottom, pd.diff_src_desc(), t.bottom});
    }

    template <typename Primitive, typename Hint>
    void create_backward_weights(const Hint& hint, const Descriptions& d, dnnl::algorithm algorithm, const Tensors& t) {
        const typename Primitive::primitive_desc pd(
            {algorithm, any(d.bottom), any(d.weights), any(d.top), d.strides, d.dilation, d.pad, d.pad}, cpu(), hint);
        take(pd.impl_info_str(), Primitive(pd));
        read(bottom_, DNNL_ARG_SRC, {d.bottom, pd.src_desc(), t.bottom}, true);
        read(top_, DNNL_ARG_DIFF_DST, {d.top, pd.diff_dst_desc(), t.top}, true);
        write(weights_, DNNL_ARG_DIFF_WEIGHTS, {d.weights, pd.diff_weights_desc(), t.weights});
    }

    void take(const char* implementation, dnnl::primitive primitive) {
        implementation_ = implementation;
        primitive_ = std::move(primitive);
    }

    void read(Argument& place, int name, Argument argument, bool in_every_call) {
        place = std::move(argument);
        place.prepare_reading();
        place.move();
        if (in_every_call) moved_inputs_.push_back(&place);
        arguments_.insert({name, place.own()});
    }

    void write(Argument& place, int name, Argument argument) {
        place = std::move(argument);
        place.prepare_writing();
        output_ = &place;
        arguments_.insert({name, place.own()});
    }

    int64_t threads_;
    Pass pass_;
    std::string implementation_;
    dnnl::primitive primitive_;
    Argument bottom_, weights_, top_;
    memory bias_;
    std::unordered_map<int, memory> arguments_;
    std::vector<Argument*> moved_inputs_;
    Argument* output_ = nullptr;
};

}  // namespace
}  // namespace bench

/**
 * A peer over the tensors, which stay where they are, or null when oneDNN has nothing for it. "Automatic" lets oneDNN
 * choose between its algorithms; for deconvolutions it has no such choice.
 */
BENCH_API void* convnet_bench_onednn_create(const bench::Problem* problem, bench::Pass pass, int32_t automatic,
                                            const bench::Tensors* tensors) {
    if (automatic != 0 && problem->transposed != 0) return nullptr;
    const dnnl::algorithm algorithm = problem->transposed != 0 ? dnnl::algorithm::deconvolution_direct
                                      : automatic != 0         ? dnnl::algorithm::convolution_auto
                                                               : dnnl::algorithm::convolution_direct;
    try {
        return new bench::OneDnnPeer(*problem, pass, algorithm, *tensors);
    } catch (const dnnl::error&) {
        return nullptr;
    }
}

/** Without its reorders it computes from what the last call with them left behind. */
BENCH_API void convnet_bench_onednn_run(void* peer, int32_t with_reorders) {
    static_cast<bench::OneDnnPeer*>(peer)->run(with_reorders != 0);
}

/** The name that oneDNN gives to the code it chose; valid as long as the peer. */
BENCH_API const char* convnet_bench_onednn_implementation(const void* peer) {
    return static_cast<const bench::OneDnnPeer*>(peer)->implementation().c_str();
}

BENCH_API void convnet_bench_onednn_destroy(void* peer) { delete static_cast<bench::OneDnnPeer*>(peer); }
