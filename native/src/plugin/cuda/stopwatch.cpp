#include "plugin/stopwatch.hpp"

#include "plugin/cuda/event.hpp"

namespace convnet::plugin {

struct Stopwatch::Marks {
    cudaStream_t stream;
    Event started{cudaEventDefault}, stopped{cudaEventDefault};
};

Stopwatch::Stopwatch(cn_cuda_stream stream) : marks_(new Marks{static_cast<cudaStream_t>(stream)}) {}
Stopwatch::~Stopwatch() = default;

void Stopwatch::start() { check(cudaEventRecord(marks_->started.get(), marks_->stream), "starting to time"); }

double Stopwatch::stop() {
    float milliseconds = 0;
    check(cudaEventRecord(marks_->stopped.get(), marks_->stream), "timing");
    check(cudaEventSynchronize(marks_->stopped.get()), "waiting for what is timed");
    check(cudaEventElapsedTime(&milliseconds, marks_->started.get(), marks_->stopped.get()), "asking for a time");
    return static_cast<double>(milliseconds);
}

}  // namespace convnet::plugin
