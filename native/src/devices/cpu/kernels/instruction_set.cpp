#include "devices/cpu/kernels/instruction_set.hpp"

#include <cstdlib>
#include <string_view>

#include "geometry/error.hpp"

namespace convnet::cpu {

// Defined by the copies of kernels.cpp.
#define CONVNET_DECLARE(isa)                     \
    namespace isa {                              \
    extern const Kernels<float> float_kernels;   \
    extern const Kernels<double> double_kernels; \
    }
#if defined(__x86_64__)
CONVNET_DECLARE(avx512)
CONVNET_DECLARE(avx2)
#endif
CONVNET_DECLARE(baseline)
#undef CONVNET_DECLARE

namespace {

struct InstructionSet {
    const Kernels<float>* float_kernels;
    const Kernels<double>* double_kernels;
    bool (*available)();

    const char* name() const { return float_kernels->name; }
};

#define CONVNET_SET(isa) &isa::float_kernels, &isa::double_kernels

// Newest first. The baseline is what the compiler takes for granted: SSE2 on x86-64, NEON on arm64.
const InstructionSet sets[] = {
#if defined(__x86_64__)
    {CONVNET_SET(avx512),
     [] {
         return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
     }},
    {CONVNET_SET(avx2), [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
#endif
    {CONVNET_SET(baseline), [] { return true; }},
};
#undef CONVNET_SET

const InstructionSet& choose() {
    const char* const asked = std::getenv("CONVNET_CPU_ISA");
    std::string names;
    for (const InstructionSet& set : sets) {
        if (!set.available()) {
            continue;
        }
        if (asked == nullptr || *asked == '\0' || std::string_view(asked) == set.name()) {
            return set;
        }
        names += text(names.empty() ? "" : ", ", set.name());
    }
    throw Error(Status::unsupported, "CONVNET_CPU_ISA",
                text("the environment variable CONVNET_CPU_ISA is \"", asked, "\", but this processor and build have ",
                     names, "; set it to one of them, or not at all"));
}

const InstructionSet& chosen() {
    static const InstructionSet& set = choose();
    return set;
}

}  // namespace

template <>
const Kernels<float>& kernels<float>() {
    return *chosen().float_kernels;
}

template <>
const Kernels<double>& kernels<double>() {
    return *chosen().double_kernels;
}

const char* instruction_set() { return chosen().name(); }

}  // namespace convnet::cpu
