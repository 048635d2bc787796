// A thread that sleeps wakes on another processor than the one of whoever wakes it, and may run on all afterwards.
#include <gtest/gtest.h>

#include "devices/cpu/wake_placement.hpp"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>

using namespace convnet;

namespace {

bool equal(const cpu_set_t& a, const cpu_set_t& b) { return CPU_EQUAL(&a, &b) != 0; }

cpu_set_t processors() {
    cpu_set_t set;
    EXPECT_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
    return set;
}

/// The first of a set's processors, or CPU_SETSIZE.
int first_of(const cpu_set_t& set) {
    int processor = 0;
    while (processor < CPU_SETSIZE && CPU_ISSET(static_cast<unsigned>(processor), &set) == 0) {
        ++processor;
    }
    return processor;
}

cpu_set_t only(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(processor), &set);
    return set;
}

cpu_set_t without(cpu_set_t set, int processor) {
    CPU_CLR(static_cast<unsigned>(processor), &set);
    return set;
}

}  // namespace

// The thread plays both parts, as what counts is where the one that wakes is: each time another one, as when a thread
// that was woken in vain sleeps on.
TEST(WakePlacement, KeepsOffTheProcessorOfWhoWakesLast) {
    const cpu_set_t all = processors();
    if (CPU_COUNT(&all) < 2) {
        GTEST_SKIP() << "one processor only";
    }
    WakePlacement placement;
    const int first = first_of(all), second = first_of(without(all, first));
    placement.prepare();
    for (const int here : {first, second, first}) {
        const cpu_set_t here_only = only(here);
        ASSERT_EQ(sched_setaffinity(0, sizeof(here_only), &here_only), 0);
        placement.keep_off_this_processor();
        EXPECT_TRUE(equal(processors(), without(all, here))) << here;
    }
    placement.restore();
    EXPECT_TRUE(equal(processors(), all));
}

#endif
