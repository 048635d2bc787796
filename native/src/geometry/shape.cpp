#include "geometry/shape.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"

namespace convnet {

Shape::Shape(std::span<const std::int64_t> extents, const char* argument) {
    require(extents.size() <= max_axes, argument, argument, " has ", extents.size(), " axes; at most ", max_axes,
            " are possible");
    for (std::size_t axis = 0; axis < extents.size(); ++axis) {
        require(extents[axis] >= 1, argument, argument, " ", convnet::to_string(extents), " has extent ", extents[axis],
                " on axis ", axis, "; every extent must be 1 or more");
        count_ = checked_multiply(count_, extents[axis], argument);
    }
    checked_multiply(count_, static_cast<std::int64_t>(sizeof(double)), argument);
    extents_.assign(extents.begin(), extents.end());
}

std::int64_t Shape::count(int begin, int end) const {
    std::int64_t product = 1;
    for (int axis = begin; axis < end; ++axis) {
        product *= (*this)[axis];
    }
    return product;
}

int Shape::canonical_axis(int axis, const char* argument) const {
    require(axis >= -rank() && axis < rank(), argument, argument, " is ", axis, ", but shape ", to_string(), " has ",
            rank(), " axes; it must be from ", -rank(), " to ", rank() - 1);
    return axis < 0 ? axis + rank() : axis;
}

std::string Shape::to_string() const { return convnet::to_string(extents_); }

bool Shape::operator==(std::span<const std::int64_t> other) const noexcept {
    return std::equal(extents_.begin(), extents_.end(), other.begin(), other.end());
}

std::string to_string(std::span<const std::int64_t> extents) {
    if (extents.empty()) {
        return "scalar";
    }
    std::string result = std::to_string(extents[0]);
    for (const std::int64_t extent : extents.subspan(1)) {
        result += 'x';
        result += std::to_string(extent);
    }
    return result;
}

}  // namespace convnet
