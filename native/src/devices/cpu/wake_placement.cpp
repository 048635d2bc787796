#include "devices/cpu/wake_placement.hpp"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace convnet {

#if defined(__linux__)

struct WakePlacement::Processors {
    pthread_t thread{};
    cpu_set_t all{};
    bool known = false, moved = false;
};

WakePlacement::WakePlacement() : processors_(std::make_unique<Processors>()) {}
WakePlacement::~WakePlacement() = default;

void WakePlacement::prepare() noexcept {
    processors_->thread = pthread_self();
    processors_->known = sched_getaffinity(0, sizeof(cpu_set_t), &processors_->all) == 0;
}

void WakePlacement::keep_off_this_processor() noexcept {
    const int here = sched_getcpu();
    if (!processors_->known || processors_->moved || here < 0 || here >= CPU_SETSIZE) {
        return;
    }
    cpu_set_t others = processors_->all;
    CPU_CLR(static_cast<unsigned>(here), &others);
    if (CPU_COUNT(&others) > 0) {
        processors_->moved = pthread_setaffinity_np(processors_->thread, sizeof(cpu_set_t), &others) == 0;
    }
}

void WakePlacement::restore() noexcept {
    if (processors_->moved) {
        sched_setaffinity(0, sizeof(cpu_set_t), &processors_->all);
        processors_->moved = false;
    }
}

#else

struct WakePlacement::Processors {};

WakePlacement::WakePlacement() = default;
WakePlacement::~WakePlacement() = default;
void WakePlacement::prepare() noexcept {}
void WakePlacement::keep_off_this_processor() noexcept {}
void WakePlacement::restore() noexcept {}

#endif

}  // namespace convnet
