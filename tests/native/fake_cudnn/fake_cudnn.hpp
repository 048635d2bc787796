// A cuDNN for tests: it answers what a test tells it, writes down what it is asked, and computes in plain loops where it
// is told how to reach memory. The library and the test that has loaded it share one State.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engines/cudnn/cudnn_graph_api.hpp"

namespace fake_cudnn {

namespace api = convnet::cudnn::api;

/// The number by which an engine of the graph API goes where an algorithm does.
constexpr int graph_engine(int index) { return 1000 + index; }

/// An engine of the graph API, and what cuDNN notes of it.
struct GraphEngine {
    int index;
    std::vector<int> notes{};
};

/// One call. Descriptors are as text: see describe.cpp.
struct Call {
    std::string function;
    api::Handle handle = nullptr;
    api::Stream stream = nullptr;
    std::vector<std::string> descriptors{};  ///< In the order of the call.
    std::vector<const void*> operands{};     ///< In the order of the call, the result last.
    int algorithm = -1;
    const void* workspace = nullptr;
    std::size_t workspace_bytes = 0;
    double alpha = -1, beta = -1;
};

struct State {
    std::mutex mutex;  ///< Of all that follows.

    // What a test tells.
    std::size_t version = 0;
    std::function<api::Status(const Call&)> answer;         ///< Success without one.
    std::array<std::vector<api::Performance>, 3> guesses;   ///< For forward, backward data, backward filter.
    std::map<std::pair<int, int>, std::size_t> workspaces;  ///< Bytes by pass and algorithm; else 0.
    std::vector<GraphEngine> graph_engines;                 ///< Of any work, best first.
    std::vector<GraphEngine> fallback_engines;              ///< The same where the best are asked for in vain.
    std::function<double(const Call&)> duration;            ///< Milliseconds that work takes on `clock`; else none.
    std::string last_error;                                 ///< cuDNN's note on its last error.
    bool slow = false;                                      ///< Work takes a while.
    /// Where the host finds so many bytes of device memory. Without it nothing is computed, and addresses may be any.
    std::function<void*(const void*, std::size_t)> memory;
    bool keeps_calls = true;

    // What the library tells.
    std::vector<Call> calls;
    std::map<std::string, int> live;  ///< Objects not destroyed, by kind: "handle", "tensor" and so on.
    int overlaps = 0;                 ///< How often two threads were in one handle, or in one execution plan.
    double clock = 0;                 ///< Milliseconds of all work so far.
};

/// The type of the one function that the library has beside cuDNN's.
using GetState = State*();
inline constexpr const char* get_state_name = "fake_cudnn_state";

}  // namespace fake_cudnn
