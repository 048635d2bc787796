#include "engines/cudnn/table.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

#include "engines/cudnn/engine.hpp"
#include "plugin/current_device.hpp"
#include "plugin/guard.hpp"

struct cn_cudnn_plan {
    const int device_index;
    const std::shared_ptr<const convnet::cudnn::Plan> plan;
};

namespace convnet::cudnn {
namespace {

using plugin::CurrentDevice;
using plugin::guard;

// What cuDNN was found and its engines are never destroyed: when a process ends, CUDA may be gone before them.
const Search& search() {
    static const Search* const found = [] {
        const char* const location = std::getenv(location_variable);
        return new Search(find_library(location != nullptr ? location : ""));
    }();
    return *found;
}

class Engines {
public:
    Engine& of(int device_index) {
        if (search().library == nullptr) {
            throw Error(Status::unsupported, "engine", search().why);
        }
        const std::lock_guard lock(mutex_);
        return engines_.try_emplace(device_index, *search().library).first->second;
    }

    /// Null when the device has had no work for cuDNN.
    Engine* find(int device_index) {
        const std::lock_guard lock(mutex_);
        const auto found = engines_.find(device_index);
        return found != engines_.end() ? &found->second : nullptr;
    }

private:
    std::mutex mutex_;
    std::map<int, Engine> engines_;
};

Engines& engines() {
    static Engines* const all = new Engines;
    return *all;
}

void library(cn_cudnn_library* result) {
    *result = {};
    const Search& found = search();
    result->available = found.library != nullptr ? 1 : 0;
    result->version = static_cast<std::int32_t>(found.version);
    std::snprintf(result->path, sizeof result->path, "%s", found.path.c_str());
    std::snprintf(result->why, sizeof result->why, "%s", found.why.c_str());
}

std::int32_t supports(std::int32_t device_index, const cn_cuda_problem* problem, const cn_cudnn_limits* limits,
                      std::int32_t* supported, char* why, std::int64_t capacity, cn_cuda_error* error) {
    return guard(error, [&] {
        std::string reason = search().why;
        if (reason.empty()) {
            const CurrentDevice current(device_index);
            reason = engines().of(device_index).reason_against(*problem, *limits);
        }
        *supported = reason.empty() ? 1 : 0;
        std::snprintf(why, static_cast<std::size_t>(capacity), "%s", reason.c_str());
    });
}

std::int32_t plan_create(std::int32_t device_index, const cn_cuda_problem* problem, const cn_cudnn_limits* limits,
                         cn_cudnn_plan** plan, cn_cuda_error* error) {
    return guard(error, [&] {
        *plan = nullptr;
        Engine& engine = engines().of(device_index);
        const CurrentDevice current(device_index);
        *plan = new cn_cudnn_plan{device_index, engine.plan(*problem, *limits)};
    });
}

void plan_destroy(cn_cudnn_plan* plan) { delete plan; }

Work work_of(std::int32_t pass, std::int32_t epilogue) {
    return {static_cast<Pass>(pass), static_cast<Epilogue>(epilogue)};
}

std::int32_t plan_tune(const cn_cudnn_plan* plan, std::int32_t pass, std::int32_t epilogue,
                       const cn_cuda_allocator* allocator, cn_cuda_stream stream, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(plan->device_index);
        plan->plan->tune(work_of(pass, epilogue), *allocator, stream);
    });
}

std::int32_t plan_algorithm(const cn_cudnn_plan* plan, std::int32_t pass, std::int32_t epilogue, std::int32_t aligned,
                            std::int64_t workspace_bytes, const char** name, std::int64_t* needed_bytes,
                            cn_cuda_error* error) {
    return guard(error, [&] {
        const auto taken = plan->plan->algorithm(work_of(pass, epilogue), workspace_bytes, aligned != 0);
        *name = taken->name;
        *needed_bytes = taken->workspace_bytes;
    });
}

std::int32_t forward(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* x, const void* w,
                     const cn_cuda_epilogue* epilogue, void* y, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(plan->device_index);
        plan->plan->forward(*launch, x, w, *epilogue, y);
    });
}

std::int32_t backward_data(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* dy, const void* w,
                           const cn_cuda_epilogue* epilogue, void* dx, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(plan->device_index);
        plan->plan->backward_data(*launch, dy, w, *epilogue, dx);
    });
}

std::int32_t backward_filter(const cn_cudnn_plan* plan, const cn_cudnn_launch* launch, const void* x, const void* dy,
                             void* dw, cn_cuda_error* error) {
    return guard(error, [&] {
        const CurrentDevice current(plan->device_index);
        plan->plan->backward_filter(*launch, x, dy, dw);
    });
}

void release_stream(std::int32_t device_index, cn_cuda_stream stream) {
    guard(nullptr, [&] {
        if (Engine* const engine = engines().find(device_index)) {
            const CurrentDevice current(device_index);
            engine->release_stream(stream);
        }
    });
}

void release_device(std::int32_t device_index) {
    guard(nullptr, [&] {
        if (Engine* const engine = engines().find(device_index)) {
            const CurrentDevice current(device_index);
            engine->release();
        }
    });
}

}  // namespace

const cn_cudnn_table& table() noexcept {
    static constexpr cn_cudnn_table functions{library,         supports,       plan_create,   plan_destroy,
                                              plan_tune,       plan_algorithm, forward,       backward_data,
                                              backward_filter, release_stream, release_device};
    return functions;
}

}  // namespace convnet::cudnn
