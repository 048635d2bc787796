// How long work on a stream of the current device takes.
#pragma once

#include <memory>

#include "plugin/cuda_api.h"

namespace convnet::plugin {

class Stopwatch {
public:
    explicit Stopwatch(cn_cuda_stream stream);
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch();

    void start();

    /// Milliseconds that the stream's work since start() took. Waits for it.
    double stop();

private:
    struct Marks;
    std::unique_ptr<Marks> marks_;
};

}  // namespace convnet::plugin
