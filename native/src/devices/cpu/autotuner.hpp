// Remembers which of several ways was the fastest for something that is computed again and again.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace convnet {

class Autotuner {
public:
    using Run = std::function<void()>;

    /// How long a run takes, in any unit.
    using Measure = std::function<double(const Run&)>;

    explicit Autotuner(Measure measure = shortest_time) : measure_(std::move(measure)) {}

    /// The fastest of `ways` for `key`: measured by run(way) when the key is new, else as remembered. The first of equals.
    std::size_t fastest(const std::string& key, std::size_t ways, const std::function<void(std::size_t)>& run);

    /// The least seconds of a few runs, after one that does not count.
    static double shortest_time(const Run& run);

private:
    const Measure measure_;
    std::mutex mutex_;  // held while measuring, so that measurements do not disturb each other
    std::map<std::string, std::size_t> fastest_;
};

}  // namespace convnet
