#include "convnet/diagnostics.h"

#include "abi/arguments.hpp"
#include "abi/guard.hpp"
#include "diagnostics/live.hpp"
#include "diagnostics/log.hpp"

using namespace convnet;

static_assert(static_cast<int>(log::Level::debug) == CN_LOG_DEBUG);
static_assert(static_cast<int>(log::Level::info) == CN_LOG_INFO);
static_assert(static_cast<int>(log::Level::warning) == CN_LOG_WARNING);

int32_t cn_log_set_callback(cn_log_callback callback, void* user_data, int32_t minimum_level) {
    return abi::guard([&] {
        require(minimum_level >= CN_LOG_DEBUG && minimum_level <= CN_LOG_WARNING, "minimum_level", "minimum_level is ",
                minimum_level, "; it must be one of cn_log_level");
        log::set_callback(callback, user_data, static_cast<log::Level>(minimum_level));
    });
}

int32_t cn_live(cn_live_counts* counts) {
    return abi::guard([&] {
        abi::check_struct(counts, "counts");
        counts->reserved = 0;
        counts->devices = live::devices;
        counts->blobs = live::blobs;
        counts->layers = live::layers;
        counts->handles = live::handles;
        counts->bytes = live::bytes;
    });
}
