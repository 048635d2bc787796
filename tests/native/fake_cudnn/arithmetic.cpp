#include "fake_cudnn/arithmetic.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>
#include <utility>

#include "geometry/float16.hpp"

namespace fake_cudnn {
namespace {

std::size_t elements(const std::vector<int>& extents) {
    return std::accumulate(extents.begin(), extents.end(), std::size_t{1},
                           [](std::size_t product, int extent) { return product * static_cast<std::size_t>(extent); });
}

std::size_t bytes(api::DataType type, const std::vector<int>& extents) {
    return elements(extents) * (type == api::DataType::float64 ? 8 : type == api::DataType::float32 ? 4 : 2);
}

std::vector<int> dense_strides(const std::vector<int>& extents, api::Format format) {
    std::vector<std::size_t> axes(extents.size());  // from the slowest to the fastest
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    if (format == api::Format::nhwc) {
        std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
    }
    std::vector<int> strides(extents.size());
    int stride = 1;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
        strides[*axis] = stride;
        stride *= extents[*axis];
    }
    return strides;
}

/// Calls `function` with a pointer of the type that `view` is of.
template <class Function>
void with_elements(const View& view, const Function& function) {
    switch (view.type) {
        case api::DataType::float32:
            return function(static_cast<float*>(view.data));
        case api::DataType::float64:
            return function(static_cast<double*>(view.data));
        case api::DataType::float16:
            return function(static_cast<convnet::Float16*>(view.data));
        case api::DataType::bfloat16:
            return function(static_cast<convnet::BFloat16*>(view.data));
    }
}

template <class T>
using Widened = std::conditional_t<sizeof(T) == 2, float, T>;

/// All elements, in the order of memory.
std::vector<double> read(const View& view) {
    std::vector<double> values(elements(view.extents));
    with_elements(view, [&]<class T>(T* data) {
        std::transform(data, data + values.size(), values.begin(),
                       [](T value) { return static_cast<double>(static_cast<Widened<T>>(value)); });
    });
    return values;
}

void write(const View& view, const std::vector<double>& values) {
    with_elements(view, [&]<class T>(T* data) {
        std::transform(values.begin(), values.end(), data,
                       [](double value) { return static_cast<T>(static_cast<Widened<T>>(value)); });
    });
}

/// Calls `function` with every index within `extents`.
template <class Function>
void for_each_index(const std::vector<int>& extents, const Function& function) {
    std::vector<int> index(extents.size(), 0);
    for (std::size_t left = elements(extents); left > 0; --left) {
        function(index);
        for (std::size_t axis = extents.size(); axis-- > 0 && ++index[axis] == extents[axis];) {
            index[axis] = 0;
        }
    }
}

std::size_t offset(const View& view, int first, int second, const std::vector<int>& position) {
    std::size_t result = static_cast<std::size_t>(first) * static_cast<std::size_t>(view.strides[0]) +
                         static_cast<std::size_t>(second) * static_cast<std::size_t>(view.strides[1]);
    for (std::size_t axis = 0; axis < position.size(); ++axis) {
        result += static_cast<std::size_t>(position[axis]) * static_cast<std::size_t>(view.strides[axis + 2]);
    }
    return result;
}

std::vector<int> spatial(const std::vector<int>& extents) { return {extents.begin() + 2, extents.end()}; }

bool fit_each_other(api::Convolution c, const View& x, const View& w, const View& y) {
    const std::size_t rank = x.extents.size();
    bool fit = c->mode == api::Mode::cross_correlation && rank >= 4 && rank <= 5 && w.extents.size() == rank &&
               y.extents.size() == rank && c->pad.size() == rank - 2 && x.type == w.type && x.type == y.type &&
               y.extents[0] == x.extents[0] && x.extents[1] == w.extents[1] * c->groups &&
               y.extents[1] == w.extents[0] && w.extents[0] % c->groups == 0;
    for (std::size_t axis = 0; fit && axis < rank - 2; ++axis) {
        const int covered = c->dilation[axis] * (w.extents[axis + 2] - 1) + 1;
        fit = y.extents[axis + 2] == (x.extents[axis + 2] + 2 * c->pad[axis] - covered) / c->stride[axis] + 1;
    }
    return fit;
}

/// Where a tap reads; an index before 0 or past the end is in the padding.
bool input_position(api::Convolution c, const View& x, const std::vector<int>& out, const std::vector<int>& tap,
                    std::vector<int>& in) {
    for (std::size_t axis = 0; axis < in.size(); ++axis) {
        in[axis] = out[axis] * c->stride[axis] - c->pad[axis] + tap[axis] * c->dilation[axis];
        if (in[axis] < 0 || in[axis] >= x.extents[axis + 2]) {
            return false;
        }
    }
    return true;
}

void store(const View& result, const std::vector<double>& sums, double alpha, double beta) {
    std::vector<double> values = beta == 0 ? std::vector<double>(sums.size()) : read(result);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        values[i] = alpha * sums[i] + beta * values[i];
    }
    write(result, values);
}

}  // namespace

View::View(api::DataType of, std::vector<int> lengths, std::vector<int> distances, const void* at)
    : type(of),
      extents(std::move(lengths)),
      strides(std::move(distances)),
      data(state().memory(at, bytes(of, extents))) {}

View::View(api::Tensor tensor, const void* at) : View(tensor->type, tensor->extents, tensor->strides, at) {}

View::View(api::Filter filter, const void* at)
    : View(filter->type, filter->extents, dense_strides(filter->extents, filter->format), at) {}

api::Status convolve(api::Convolution c, const View& x, const View& w, const View& y, Role result, double alpha,
                     double beta) {
    if (!fit_each_other(c, x, w, y)) {
        return api::Status::bad_parameter;
    }
    const View& written = result == Role::x ? x : result == Role::w ? w : y;
    std::vector<double> sums(elements(written.extents));
    const std::vector<double> xs = read(x), ws = read(w), ys = read(y);
    const auto add_product = [&](std::size_t xi, std::size_t wi, std::size_t yi) {
        switch (result) {
            case Role::x:
                sums[xi] += ws[wi] * ys[yi];
                break;
            case Role::w:
                sums[wi] += xs[xi] * ys[yi];
                break;
            case Role::y:
                sums[yi] += xs[xi] * ws[wi];
                break;
        }
    };
    const int outputs_of_group = w.extents[0] / c->groups;
    std::vector<int> in(x.extents.size() - 2);
    for_each_index(spatial(y.extents), [&](const std::vector<int>& out) {
        for_each_index(spatial(w.extents), [&](const std::vector<int>& tap) {
            if (!input_position(c, x, out, tap, in)) {
                return;
            }
            for_each_index({x.extents[0], w.extents[0], w.extents[1]}, [&](const std::vector<int>& channel) {
                const int image = channel[0], output = channel[1], input = channel[2];
                const int first = output / outputs_of_group * w.extents[1];
                add_product(offset(x, image, first + input, in), offset(w, output, input, tap),
                            offset(y, image, output, out));
            });
        });
    });
    store(written, sums, alpha, beta);
    return api::Status::success;
}

api::Status add(const View& a, const View& c, double alpha, double beta) {
    for (std::size_t axis = 0; axis < c.extents.size(); ++axis) {
        if (a.extents.size() != c.extents.size() || (a.extents[axis] != c.extents[axis] && a.extents[axis] != 1)) {
            return api::Status::bad_parameter;
        }
    }
    const std::vector<double> added = read(a);
    std::vector<double> sums(elements(c.extents));
    for_each_index(c.extents, [&](const std::vector<int>& index) {
        std::size_t from = 0, to = 0;
        for (std::size_t axis = 0; axis < index.size(); ++axis) {
            to += static_cast<std::size_t>(index[axis] * c.strides[axis]);
            from += a.extents[axis] == 1 ? 0 : static_cast<std::size_t>(index[axis] * a.strides[axis]);
        }
        sums[to] = added[from];
    });
    store(c, sums, alpha, beta);
    return api::Status::success;
}

void rectify(const View& c) {
    std::vector<double> values = read(c);
    for (double& value : values) {
        value = std::max(value, 0.0);
    }
    store(c, values, 1, 0);
}

}  // namespace fake_cudnn
