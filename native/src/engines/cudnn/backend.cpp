#include "engines/cudnn/backend.hpp"

#include <algorithm>

namespace convnet::cudnn {

Backend::Backend(const Library& library, api::BackendType type)
    : library_(&library),
      descriptor_(make_owned(
          library,
          [&](api::BackendDescriptor* made) { return library.graph()->cudnnBackendCreateDescriptor(type, made); },
          library.graph()->cudnnBackendDestroyDescriptor, "descriptor of the graph API")) {}

void Backend::set(api::Attribute name, const std::vector<int>& values) {
    const std::vector<std::int64_t> wide(values.begin(), values.end());
    set(name, api::AttributeType::int64, static_cast<std::int64_t>(wide.size()), wide.data());
}

void Backend::set(api::Attribute name, std::span<const Backend> values) {
    std::vector<api::BackendDescriptor> raw;
    for (const Backend& value : values) {
        raw.push_back(value.get());
    }
    set(name, api::AttributeType::descriptor, static_cast<std::int64_t>(raw.size()), raw.data());
}

void Backend::finalize() {
    library_->check(library_->graph()->cudnnBackendFinalize(get()), "finishing a descriptor of the graph API");
}

std::vector<Backend> Backend::get(api::Attribute name, api::BackendType type, std::int64_t most) const {
    std::vector<Backend> values;
    std::vector<api::BackendDescriptor> raw;
    while (static_cast<std::int64_t>(values.size()) < most) {
        values.emplace_back(*library_, type);
        raw.push_back(values.back().get());
    }
    const std::size_t count = get(name, api::AttributeType::descriptor, most, raw.data());
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(count), values.end());
    return values;
}

void Backend::set(api::Attribute name, api::AttributeType type, std::int64_t count, const void* values) {
    library_->check(library_->graph()->cudnnBackendSetAttribute(get(), name, type, count, values),
                    text("setting attribute ", static_cast<int>(name), " of the graph API"));
}

// The count may be of all values that there are.
std::size_t Backend::get(api::Attribute name, api::AttributeType type, std::int64_t most, void* values) const {
    std::int64_t count = 0;
    library_->check(library_->graph()->cudnnBackendGetAttribute(get(), name, type, most, &count, values),
                    text("asking for attribute ", static_cast<int>(name), " of the graph API"));
    return static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, most));
}

}  // namespace convnet::cudnn
