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
    bool known = false;
    int kept_off = -1;  // the processor that it was last kept off
};

WakePlacement::WakePlacement() : processors_(std::make_unique<Processors>()) {}
WakePlacement::~WakePlacement() = default;

void WakePlacement::prepare() noexcept {
    processors_->thread = pthread_self();
    processors_->known = sched_getaffinity(0, sizeof(cpu_set_t), &processors_->all) == 0;
}

void WakePlacement::keep_off_this_processor() noexcept {
    const int here = sched_getcpu();
    if (!processors_->known || processors_->kept_off == here || here < 0 || here >= CPU_SETSIZE) {
        return;
    }
    cpu_set_t others = processors_->all;
    CPU_CLR(static_cast<unsigned>(here), &others);
    if (CPU_COUNT(&others) > 0 && pthread_setaffinity_np(processors_->thread, sizeof(cpu_set_t), &others) == 0) {
        processors_->kept_off = here;
    }
}

void WakePlacement::restore() noexcept {
    if (processors_->kept_off >= 0) {
        sched_setaffinity(0, sizeof(cpu_set_t), &processors_->all);
        processors_->kept_off = -1;
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
