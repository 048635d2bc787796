#include "engines/cudnn/problem.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "geometry/data_type.hpp"
#include "geometry/error.hpp"

namespace convnet::cudnn {
namespace {

constexpr std::int64_t most = std::numeric_limits<int>::max();

std::int64_t product(const cn_cuda_problem& p, const std::int64_t* values) {
    return std::accumulate(values, values + p.spatial_axes, std::int64_t{1}, std::multiplies<>());
}

Sizes elements_of(const cn_cuda_problem& p) {
    return {p.batch * p.in_channels * product(p, p.in), p.batch * p.out_channels * product(p, p.out),
            p.out_channels * (p.in_channels / p.groups) * product(p, p.kernel),
            std::max(p.in_channels, p.out_channels)};
}

bool fits(const cn_cuda_problem& p, const std::int64_t* values) {
    return std::all_of(values, values + p.spatial_axes, [](std::int64_t value) { return value <= most; });
}

}  // namespace

std::string unsupported_reason(const cn_cuda_problem& p) {
    if (p.spatial_axes < 1 || p.spatial_axes > 3) {
        return text("cuDNN convolves one to three spatial axes, not ", p.spatial_axes);
    }
    const Sizes elements = elements_of(p);
    if (const std::int64_t largest = std::max({elements.x, elements.y, elements.w}); largest > most) {
        return text("a tensor would have ", largest, " elements; cuDNN takes at most ", most);
    }
    if (!fits(p, p.stride) || !fits(p, p.pad) || !fits(p, p.dilation)) {
        return text("a stride, pad or dilation is larger than ", most, ", the most that cuDNN takes");
    }
    return "";
}

api::DataType data_type(const cn_cuda_problem& p) {
    switch (static_cast<DataType>(p.dtype)) {
        case DataType::float32:
            return api::DataType::float32;
        case DataType::float64:
            return api::DataType::float64;
        case DataType::float16:
            return api::DataType::float16;
        case DataType::bfloat16:
            return api::DataType::bfloat16;
    }
    throw Error(Status::internal_error, "dtype", text("there is no type of elements numbered ", p.dtype));
}

api::DataType compute_type(const cn_cuda_problem& p) {
    return data_type(p) == api::DataType::float64 ? api::DataType::float64 : api::DataType::float32;
}

std::vector<int> spatial(const cn_cuda_problem& p, const std::int64_t* values, int height) {
    std::vector<int> result;
    if (p.spatial_axes == 1) {
        result.push_back(height);
    }
    for (int axis = 0; axis < p.spatial_axes; ++axis) {
        result.push_back(static_cast<int>(values[axis]));
    }
    return result;
}

Extents extents_of(const cn_cuda_problem& p) {
    const auto tensor = [](std::int64_t images, std::int64_t channels, std::vector<int> axes) {
        axes.insert(axes.begin(), {static_cast<int>(images), static_cast<int>(channels)});
        return axes;
    };
    const std::vector<int> in = spatial(p, p.in, 1), ones(in.size(), 1);
    return {.x = tensor(p.batch, p.in_channels, in),
            .y = tensor(p.batch, p.out_channels, spatial(p, p.out, 1)),
            .w = tensor(p.out_channels, p.in_channels / p.groups, spatial(p, p.kernel, 1)),
            .x_bias = tensor(1, p.in_channels, ones),
            .y_bias = tensor(1, p.out_channels, ones)};
}

std::vector<int> strides(std::span<const int> extents, bool channels_last) {
    std::vector<int> result(extents.size());
    int stride = 1;
    if (channels_last) {
        result[1] = 1;
        stride = extents[1];
    }
    for (std::size_t axis = extents.size(); axis-- > 0;) {
        if (axis != 1 || !channels_last) {
            result[axis] = stride;
            stride *= extents[axis];
        }
    }
    return result;
}

Sizes bytes_of(const cn_cuda_problem& p) {
    const auto size = static_cast<std::int64_t>(size_of(static_cast<DataType>(p.dtype)));
    const Sizes elements = elements_of(p);
    return {elements.x * size, elements.y * size, elements.w * size, elements.bias * size};
}

}  // namespace convnet::cudnn
