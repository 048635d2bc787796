#include "reference/reference.hpp"

namespace reference {
namespace {

std::int64_t product(const Extents& extents) {
    std::int64_t result = 1;
    for (const std::int64_t extent : extents) {
        result *= extent;
    }
    return result;
}

/// Calls visit(index, its number in row-major order) for every index of an array of these extents.
template <class Visit>
void for_each_index(const Extents& extents, const Visit& visit) {
    Extents index(extents.size(), 0);
    const std::int64_t count = product(extents);
    for (std::int64_t number = 0; number < count; ++number) {
        visit(index, number);
        for (std::size_t axis = extents.size(); axis-- > 0;) {
            if (++index[axis] < extents[axis]) {
                break;
            }
            index[axis] = 0;
        }
    }
}

/// The row-major number of position*stride + tap*dilation - pad, or -1 when that is outside of `extents`.
std::int64_t shifted(const Problem& p, const Extents& position, const Extents& tap, const Extents& extents) {
    std::int64_t number = 0;
    for (std::size_t axis = 0; axis < extents.size(); ++axis) {
        const std::int64_t i = position[axis] * p.stride[axis] + tap[axis] * p.dilation[axis] - p.pad[axis];
        if (i < 0 || i >= extents[axis]) {
            return -1;
        }
        number = number * extents[axis] + i;
    }
    return number;
}

std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

}  // namespace

std::int64_t Problem::in_positions() const { return product(in); }
std::int64_t Problem::out_positions() const { return product(out); }
std::int64_t Problem::taps() const { return product(kernel); }

Extents convolution_out(const Problem& p) {
    Extents out;
    for (std::size_t axis = 0; axis < p.in.size(); ++axis) {
        std::int64_t windows = 0;
        const std::int64_t last_tap = (p.kernel[axis] - 1) * p.dilation[axis];
        while (windows * p.stride[axis] + last_tap < p.in[axis] + 2 * p.pad[axis]) {
            ++windows;
        }
        out.push_back(windows);
    }
    return out;
}

Extents deconvolution_out(const Problem& p) {
    Extents out;
    for (std::size_t axis = 0; axis < p.in.size(); ++axis) {
        const std::int64_t last = (p.in[axis] - 1) * p.stride[axis] + (p.kernel[axis] - 1) * p.dilation[axis];
        out.push_back(last + 1 - 2 * p.pad[axis]);
    }
    return out;
}

void convolution_products(const Problem& p, const ProductVisitor& visit) {
    const std::int64_t C = p.channels / p.group, O = p.num_output / p.group;
    for_each_index(p.out, [&](const Extents& position, std::int64_t out) {
        for_each_index(p.kernel, [&](const Extents& tap, std::int64_t r) {
            const std::int64_t in = shifted(p, position, tap, p.in);
            if (in < 0) {
                return;
            }
            for (std::int64_t n = 0; n < p.batch; ++n) {
                for (std::int64_t o = 0; o < p.num_output; ++o) {
                    for (std::int64_t c = 0; c < C; ++c) {
                        const std::int64_t channel = o / O * C + c;
                        visit({(n * p.channels + channel) * p.in_positions() + in, (o * C + c) * p.taps() + r,
                               (n * p.num_output + o) * p.out_positions() + out});
                    }
                }
            }
        });
    });
}

void deconvolution_products(const Problem& p, const ProductVisitor& visit) {
    const std::int64_t C = p.channels / p.group, O = p.num_output / p.group;
    for_each_index(p.in, [&](const Extents& i, std::int64_t in) {
        for_each_index(p.kernel, [&](const Extents& r, std::int64_t tap) {
            const std::int64_t out = shifted(p, i, r, p.out);
            if (out < 0) {
                return;
            }
            for (std::int64_t n = 0; n < p.batch; ++n) {
                for (std::int64_t g = 0; g < p.group; ++g) {
                    for (std::int64_t c = 0; c < C; ++c) {
                        for (std::int64_t o = 0; o < O; ++o) {
                            visit({(n * p.channels + g * C + c) * p.in_positions() + in,
                                   ((g * C + c) * O + o) * p.taps() + tap,
                                   (n * p.num_output + g * O + o) * p.out_positions() + out});
                        }
                    }
                }
            }
        });
    });
}

void forward(ProductLoops products, const Problem& p, const std::vector<double>& bottom,
             const std::vector<double>& weights, const std::vector<double>* bias, Sums& top) {
    top = Sums(size(p.batch * p.num_output * p.out_positions()));
    products(p, [&](const Product& at) { top.add(at.top, bottom[size(at.bottom)] * weights[size(at.weight)]); });
    if (bias == nullptr) {
        return;
    }
    for (std::int64_t n = 0; n < p.batch; ++n) {
        for (std::int64_t o = 0; o < p.num_output; ++o) {
            for (std::int64_t position = 0; position < p.out_positions(); ++position) {
                top.add((n * p.num_output + o) * p.out_positions() + position, (*bias)[size(o)]);
            }
        }
    }
}

void rectify(double negative_slope, Sums& top, std::vector<double>& top_diff) {
    for (std::size_t i = 0; i < top_diff.size(); ++i) {
        if (!(top.value[i] > 0)) {
            top.value[i] *= negative_slope;
            top_diff[i] *= negative_slope;
        }
    }
}

void backward_data(ProductLoops products, const Problem& p, const std::vector<double>& top_diff,
                   const std::vector<double>& weights, Sums& bottom_diff) {
    bottom_diff = Sums(size(p.batch * p.channels * p.in_positions()));
    products(p,
             [&](const Product& at) { bottom_diff.add(at.bottom, top_diff[size(at.top)] * weights[size(at.weight)]); });
}

void backward_filter(ProductLoops products, const Problem& p, const std::vector<double>& bottom,
                     const std::vector<double>& top_diff, Sums& weights_diff) {
    products(p,
             [&](const Product& at) { weights_diff.add(at.weight, bottom[size(at.bottom)] * top_diff[size(at.top)]); });
}

void backward_bias(const Problem& p, const std::vector<double>& top_diff, Sums& bias_diff) {
    for (std::int64_t n = 0; n < p.batch; ++n) {
        for (std::int64_t o = 0; o < p.num_output; ++o) {
            for (std::int64_t position = 0; position < p.out_positions(); ++position) {
                bias_diff.add(o, top_diff[size((n * p.num_output + o) * p.out_positions() + position)]);
            }
        }
    }
}

void im2col(const Problem& p, const std::vector<double>& bottom, Sums& top) {
    top = Sums(size(p.batch * p.channels * p.taps() * p.out_positions()));
    for_each_index(p.out, [&](const Extents& position, std::int64_t out) {
        for_each_index(p.kernel, [&](const Extents& tap, std::int64_t r) {
            const std::int64_t in = shifted(p, position, tap, p.in);
            for (std::int64_t image = 0; in >= 0 && image < p.batch * p.channels; ++image) {
                top.add((image * p.taps() + r) * p.out_positions() + out, bottom[size(image * p.in_positions() + in)]);
            }
        });
    });
}

void im2col_backward(const Problem& p, const std::vector<double>& top_diff, Sums& bottom_diff) {
    bottom_diff = Sums(size(p.batch * p.channels * p.in_positions()));
    for_each_index(p.out, [&](const Extents& position, std::int64_t out) {
        for_each_index(p.kernel, [&](const Extents& tap, std::int64_t r) {
            const std::int64_t in = shifted(p, position, tap, p.in);
            for (std::int64_t image = 0; in >= 0 && image < p.batch * p.channels; ++image) {
                bottom_diff.add(image * p.in_positions() + in,
                                top_diff[size((image * p.taps() + r) * p.out_positions() + out)]);
            }
        });
    });
}

}  // namespace reference
