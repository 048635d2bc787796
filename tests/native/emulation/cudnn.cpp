#include "emulation/cudnn.hpp"

#include <cstdlib>

#include "emulation/memory.hpp"
#include "engines/cudnn/library.hpp"
#include "fake_cudnn/fake_cudnn.hpp"
#include "geometry/error.hpp"
#include "plugin/cuda_api.h"
#include "plugin/current_device.hpp"
#include "plugin/dynamic_library.hpp"
#include "plugin/stopwatch.hpp"

namespace convnet::plugin {

// There is one device, and it is always the current one.
CurrentDevice::CurrentDevice(int) { previous_ = -1; }
CurrentDevice::~CurrentDevice() = default;

}  // namespace convnet::plugin

namespace emulation {
namespace {

using namespace convnet;
namespace api = cudnn::api;

/// The state of the fake, which stays loaded.
fake_cudnn::State& fake_state() {
    std::string why;
    static const DynamicLibrary* const library = new DynamicLibrary(FAKE_CUDNN, why);
    if (!*library) {
        throw Error(Status::internal_error, "", why);
    }
    return *reinterpret_cast<fake_cudnn::GetState*>(library->symbol(fake_cudnn::get_state_name))();
}

}  // namespace
}  // namespace emulation

namespace convnet::plugin {

// Time is the fake's.
struct Stopwatch::Marks {
    double started = 0;
};

Stopwatch::Stopwatch(cn_cuda_stream) : marks_(std::make_unique<Marks>()) {}
Stopwatch::~Stopwatch() = default;
void Stopwatch::start() { marks_->started = emulation::fake_state().clock; }
double Stopwatch::stop() { return emulation::fake_state().clock - marks_->started; }

}  // namespace convnet::plugin

namespace emulation {
namespace {

api::Performance offer(int algorithm) {
    return {algorithm, api::Status::success, 0, 0, api::Determinism::deterministic, api::Math::standard, {}};
}

}  // namespace

void install_cudnn() {
    static const bool installed = [] {
        setenv(cudnn::location_variable, FAKE_CUDNN, 0);
        fake_cudnn::State& fake = fake_state();
        fake.memory = [](const void* memory, std::size_t bytes) {
            return emulation::memory().open(memory, static_cast<std::int64_t>(bytes));
        };
        fake.keeps_calls = false;
        // Where time counts, the graph API is the faster one.
        fake.graph_engines = {{0}};
        fake.duration = [](const fake_cudnn::Call& call) {
            return call.algorithm == fake_cudnn::graph_engine(0) ? 1 : 2;
        };
        for (int pass = 0; pass < CN_CUDA_PASSES; ++pass) {
            fake.guesses[static_cast<std::size_t>(pass)] = {offer(1), offer(0)};
            fake.workspaces[{pass, 1}] = fast_workspace;
        }
        return true;
    }();
    (void)installed;
}

}  // namespace emulation
