#include "devices/cpu/cores.hpp"

#include <algorithm>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace convnet::cpu {

int cores() noexcept {
#if defined(__linux__)
    // Containers and taskset restrict a process to some of the machine's cores; the affinity mask knows.
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) {
        return std::max(1, CPU_COUNT(&mask));
    }
#endif
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace convnet::cpu
