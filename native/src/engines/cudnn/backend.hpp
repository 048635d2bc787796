// One descriptor of the graph API.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engines/cudnn/owned.hpp"

namespace convnet::cudnn {

/// The type that values of T are attributes as; of other types there are none.
template <class T>
inline constexpr auto attribute_type = nullptr;
template <>
inline constexpr api::AttributeType attribute_type<std::int64_t> = api::AttributeType::int64;
template <>
inline constexpr api::AttributeType attribute_type<api::Handle> = api::AttributeType::handle;
template <>
inline constexpr api::AttributeType attribute_type<api::DataType> = api::AttributeType::data_type;
template <>
inline constexpr api::AttributeType attribute_type<bool> = api::AttributeType::boolean;
template <>
inline constexpr api::AttributeType attribute_type<float> = api::AttributeType::float32;
template <>
inline constexpr api::AttributeType attribute_type<double> = api::AttributeType::float64;
template <>
inline constexpr api::AttributeType attribute_type<api::Mode> = api::AttributeType::convolution_mode;
template <>
inline constexpr api::AttributeType attribute_type<api::Heuristic> = api::AttributeType::heuristic_mode;
template <>
inline constexpr api::AttributeType attribute_type<api::NanPropagation> = api::AttributeType::nan_propagation;
template <>
inline constexpr api::AttributeType attribute_type<api::Note> = api::AttributeType::numerical_note;
template <>
inline constexpr api::AttributeType attribute_type<api::Pointwise> = api::AttributeType::pointwise_mode;

/// Every function throws what cuDNN answers. Only for libraries that have the graph API.
class Backend {
public:
    Backend(const Library& library, api::BackendType type);

    api::BackendDescriptor get() const noexcept { return descriptor_.get(); }

    template <class T>
    void set(api::Attribute name, const T& value) {
        set(name, attribute_type<T>, 1, &value);
    }
    void set(api::Attribute name, const std::vector<int>& values);
    void set(api::Attribute name, const Backend& value) { set(name, std::span(&value, 1)); }
    void set(api::Attribute name, std::span<const Backend> values);

    /// Ends the setting.
    void finalize();

    /// At most `most` values.
    template <class T>
    std::vector<T> get(api::Attribute name, std::int64_t most) const {
        std::vector<T> values(static_cast<std::size_t>(most));
        values.resize(get(name, attribute_type<T>, most, values.data()));
        return values;
    }

    /// At most `most` descriptors of a type.
    std::vector<Backend> get(api::Attribute name, api::BackendType type, std::int64_t most) const;

private:
    void set(api::Attribute name, api::AttributeType type, std::int64_t count, const void* values);
    std::size_t get(api::Attribute name, api::AttributeType type, std::int64_t most, void* values) const;

    const Library* library_;
    Owned<void> descriptor_;
};

}  // namespace convnet::cudnn
