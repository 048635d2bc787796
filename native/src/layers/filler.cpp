#include "layers/filler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "geometry/error.hpp"

// glibc 2.29 has a newer version of this function, which differs in what it does to errno. The older one is asked for,
// so that the library loads where there is no newer.
#if defined(__GLIBC__) && defined(__x86_64__)
asm(".symver log, log@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
asm(".symver log, log@GLIBC_2.17");
#endif

namespace convnet {
namespace {

/// The standard fixes what mt19937_64 yields but not its distributions, so these are our own.
class Random {
public:
    explicit Random(std::uint64_t seed) : bits_(seed) {}

    /// Uniform in [0, 1) with 53 random bits.
    double uniform() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }

    /// Standard normal, by the polar form's elder: Box and Muller, 1958.
    double normal() {
        const double radius = std::sqrt(-2 * std::log(1 - uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }

private:
    std::mt19937_64 bits_;
};

double fan(const Shape& shape, VarianceNorm norm) {
    require(shape.rank() >= 1, "blob", "a filler that scales with its fan needs a blob of at least one axis");
    const auto count = static_cast<double>(shape.count());
    const double fan_in = count / static_cast<double>(shape[0]);
    // A blob of one axis has no inputs to fan out to.
    const double fan_out = shape.rank() > 1 ? count / static_cast<double>(shape[1]) : count;
    switch (norm) {
        case VarianceNorm::fan_in:
            return fan_in;
        case VarianceNorm::fan_out:
            return fan_out;
        case VarianceNorm::average:
            return (fan_in + fan_out) / 2;
    }
    throw Error(Status::invalid_argument, "variance_norm",
                text("variance_norm is ", static_cast<int>(norm), "; it must be fan in, fan out or average"));
}

void fill_gaussian(std::vector<double>& values, const Shape& shape, const Filler& filler, Random& random) {
    require(filler.std >= 0, "std", "std is ", filler.std, "; it must be 0 or more");
    for (double& value : values) {
        value = filler.mean + filler.std * random.normal();
    }
    if (filler.sparse < 0) {
        return;
    }
    require(shape.rank() >= 1, "sparse", "sparse needs a blob of at least one axis");
    require(filler.sparse <= shape[0], "sparse", "sparse is ", filler.sparse, "; it must be at most shape[0], ",
            shape[0], ", or -1 for none");
    const double kept = static_cast<double>(filler.sparse) / static_cast<double>(shape[0]);
    for (double& value : values) {
        value = random.uniform() < kept ? value : 0;
    }
}

void fill_positive_unitball(std::vector<double>& values, const Shape& shape, Random& random) {
    require(shape.rank() >= 1, "blob", "positive_unitball needs a blob of at least one axis");
    const std::size_t row = values.size() / static_cast<std::size_t>(shape[0]);
    for (std::size_t begin = 0; begin < values.size(); begin += row) {
        double sum = 0;
        for (std::size_t i = begin; i < begin + row; ++i) {
            values[i] = random.uniform();
            sum += values[i];
        }
        for (std::size_t i = begin; i < begin + row; ++i) {
            values[i] /= sum;
        }
    }
}

void fill_bilinear(std::vector<double>& values, const Shape& shape) {
    require(shape.rank() == 4 && shape[2] == shape[3], "blob",
            "bilinear needs a 4-D blob with a square kernel, but the shape is ", shape.to_string());
    const std::int64_t width = shape[3];
    const double factor = std::ceil(static_cast<double>(width) / 2);
    const double centre = static_cast<double>(width - 1) / (2 * factor);
    const auto weight = [&](std::int64_t x) { return 1 - std::abs(static_cast<double>(x) / factor - centre); };
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto index = static_cast<std::int64_t>(i);
        values[i] = weight(index % width) * weight(index / width % width);
    }
}

std::vector<double> make_values(const Shape& shape, const Filler& filler) {
    std::vector<double> values(static_cast<std::size_t>(shape.count()), filler.value);
    Random random(filler.seed);
    const auto fill_uniform = [&](double min, double max) {
        for (double& value : values) {
            value = min + (max - min) * random.uniform();
        }
    };
    switch (filler.type) {
        case FillerType::constant:
            return values;
        case FillerType::uniform:
            require(filler.min <= filler.max, "min", "min is ", filler.min, " and max is ", filler.max,
                    "; min must not be above max");
            fill_uniform(filler.min, filler.max);
            return values;
        case FillerType::gaussian:
            fill_gaussian(values, shape, filler, random);
            return values;
        case FillerType::positive_unitball:
            fill_positive_unitball(values, shape, random);
            return values;
        case FillerType::xavier: {
            const double scale = std::sqrt(3 / fan(shape, filler.variance_norm));
            fill_uniform(-scale, scale);
            return values;
        }
        case FillerType::msra: {
            Filler gaussian;
            gaussian.std = std::sqrt(2 / fan(shape, filler.variance_norm));
            fill_gaussian(values, shape, gaussian, random);
            return values;
        }
        case FillerType::bilinear:
            fill_bilinear(values, shape);
            return values;
    }
    throw Error(Status::invalid_argument, "type",
                text("filler type ", static_cast<int>(filler.type), " is unknown; it must be one of cn_filler_type"));
}

/// Types of 16 bits are rounded from float.
template <class T>
T convert(double value) {
    if constexpr (sizeof(T) == 2) {
        return T(static_cast<float>(value));
    } else {
        return static_cast<T>(value);
    }
}

}  // namespace

void fill(Blob& blob, const Filler& filler) {
    with_stored_type(blob.type(), [&](auto zero) {
        using T = decltype(zero);
        if (filler.type == FillerType::constant) {
            const std::vector<T> values(static_cast<std::size_t>(blob.shape().count()), convert<T>(filler.value));
            blob.copy_from_host(values.data());
            return;
        }
        const std::vector<double> values = make_values(blob.shape(), filler);
        std::vector<T> converted(values.size());
        std::transform(values.begin(), values.end(), converted.begin(), convert<T>);
        blob.copy_from_host(converted.data());
    });
}

}  // namespace convnet
