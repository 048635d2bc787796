// Convolution, deconvolution and im2col as plain loops in double. Nothing here is shared with the library, and the
// deconvolution is written from its own formula, not as a convolution run backwards, so that an error of thought in
// the library has nobody to agree with it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace reference {

using Extents = std::vector<std::int64_t>;

/// A layer with everything known. `in` and `out` are the spatial extents of its bottom and its top.
struct Problem {
    std::int64_t batch = 1, channels = 1, num_output = 1, group = 1;
    Extents in, out, kernel, stride, pad, dilation;

    std::int64_t in_positions() const;
    std::int64_t out_positions() const;
    std::int64_t taps() const;
};

/// floor((in + 2 pad - E) / stride) + 1, by trying one output after the other.
Extents convolution_out(const Problem& problem);
/// stride * (in - 1) + E - 2 pad.
Extents deconvolution_out(const Problem& problem);

/// Sums of products. `magnitude` is the sum of their absolute values and `terms` how many there are, for the bound of
/// the rounding errors.
struct Sums {
    std::vector<double> value, magnitude;
    std::vector<std::int64_t> terms;

    explicit Sums(std::size_t size) : value(size), magnitude(size), terms(size) {}

    void add(std::int64_t index, double product) {
        const auto i = static_cast<std::size_t>(index);
        value[i] += product;
        magnitude[i] += product < 0 ? -product : product;
        ++terms[i];
    }
};

/// One product of a layer: top[top] += bottom[bottom] * weights[weight].
struct Product {
    std::int64_t bottom, weight, top;
};
using ProductVisitor = std::function<void(const Product&)>;
using ProductLoops = void (*)(const Problem&, const ProductVisitor&);

/// Every product of a convolution: top[n, o, p] += bottom[n, c, p*stride + r*dilation - pad] * W[o, c in its group, r].
void convolution_products(const Problem& problem, const ProductVisitor& visit);
/// Every product of a deconvolution:
/// top[n, g*O+o, i*stride + r*dilation - pad] += bottom[n, g*C+c, i] * W[g*C+c, o, r].
void deconvolution_products(const Problem& problem, const ProductVisitor& visit);

/// What a layer computes, from the products of one of the two functions above. Tops and bottom gradients are
/// overwritten; gradients of parameters are added to.
void forward(ProductLoops products, const Problem& problem, const std::vector<double>& bottom,
             const std::vector<double>& weights, const std::vector<double>* bias, Sums& top);
/// What a rectifier behind a layer makes of its sums and of the gradient of its result.
void rectify(double negative_slope, Sums& top, std::vector<double>& top_diff);
void backward_data(ProductLoops products, const Problem& problem, const std::vector<double>& top_diff,
                   const std::vector<double>& weights, Sums& bottom_diff);
void backward_filter(ProductLoops products, const Problem& problem, const std::vector<double>& bottom,
                     const std::vector<double>& top_diff, Sums& weights_diff);
void backward_bias(const Problem& problem, const std::vector<double>& top_diff, Sums& bias_diff);

/// top[n, c*taps + r, p] = bottom[n, c, p*stride + r*dilation - pad], or 0 in the padding.
void im2col(const Problem& problem, const std::vector<double>& bottom, Sums& top);
void im2col_backward(const Problem& problem, const std::vector<double>& top_diff, Sums& bottom_diff);

}  // namespace reference
