// Descriptors of the graph API as the fake cuDNN keeps them.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>

#include "fake_cudnn/objects.hpp"

namespace fake_cudnn {

using namespace convnet::cudnn::api;

const char* name_of(BackendType type);
std::size_t size_of(AttributeType type);

struct Values {
    AttributeType type;
    std::int64_t count;
    std::vector<char> bytes;
};

/// A descriptor. Those that cuDNN itself fills in, engines and their configurations, have an engine.
struct Object {
    BackendType type;
    std::map<Attribute, Values> attributes{};
    bool finalized = false;
    GraphEngine engine{};
    const Object* graph = nullptr;
    std::atomic<int> users{0};

    explicit Object(BackendType of) : type(of) {}

    const Values* find(Attribute name) const {
        const auto found = attributes.find(name);
        return found != attributes.end() ? &found->second : nullptr;
    }

    template <class T>
    std::vector<T> all(Attribute name) const {
        std::vector<T> result(static_cast<std::size_t>(find(name)->count));
        std::memcpy(result.data(), find(name)->bytes.data(), find(name)->bytes.size());
        return result;
    }

    template <class T>
    T one(Attribute name) const {
        T result{};
        std::memcpy(&result, find(name)->bytes.data(), sizeof result);
        return result;
    }

    const Object& object(Attribute name) const { return *static_cast<const Object*>(one<BackendDescriptor>(name)); }
};

/// The convolution of a graph with its three tensors.
struct Operation {
    int pass;
    const Object &convolution, &x, &w, &y;
    double alpha, beta;

    const Object& result() const { return pass == 0 ? y : pass == 1 ? x : w; }
};

/// Of an operation that is a convolution.
Operation operation_of(const Object& operation);

std::vector<const Object*> operations_of(const Object& graph);
TensorDescriptor tensor_of(const Object& tensor);
ConvolutionDescriptor convolution_of(const Operation& operation);

/// What a test reads of a graph: a text for each operation.
std::vector<std::string> describe_graph(const Object& graph);

/// Whether all that a descriptor needs is set.
bool is_complete(const Object& object);

Status finalize(Object& object);

}  // namespace fake_cudnn
