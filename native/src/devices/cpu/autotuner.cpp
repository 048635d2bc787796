#include "devices/cpu/autotuner.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace convnet {

std::size_t Autotuner::fastest(const std::string& key, std::size_t ways, const std::function<void(std::size_t)>& run) {
    const std::lock_guard lock(mutex_);
    if (const auto found = fastest_.find(key); found != fastest_.end()) {
        return found->second;
    }
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t way = 0; way < ways; ++way) {
        const double time = measure_([&] { run(way); });
        if (time < least) {
            least = time;
            best = way;
        }
    }
    return fastest_[key] = best;
}

double Autotuner::shortest_time(const Run& run) {
    using Clock = std::chrono::steady_clock;
    constexpr int runs = 3;
    run();
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < runs; ++i) {
        const auto start = Clock::now();
        run();
        least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return least;
}

}  // namespace convnet
