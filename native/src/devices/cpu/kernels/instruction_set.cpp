#include "devices/cpu/kernels/instruction_set.hpp"

#include <cstdlib>
#include <string_view>

#include "geometry/error.hpp"

namespace convnet::cpu {

// Defined by the files that are compiled once for each instruction set.
#define CONVNET_DECLARE(isa)                                        \
    namespace isa {                                                 \
    extern const Kernels<float> float_kernels;                      \
    extern const Kernels<double> double_kernels;                    \
    extern const WinogradKernels<float> float_winograd_kernels;     \
    extern const WinogradKernels<double> double_winograd_kernels;   \
    extern const DepthwiseKernels<float> float_depthwise_kernels;   \
    extern const DepthwiseKernels<double> double_depthwise_kernels; \
    }
#if defined(__x86_64__)
CONVNET_DECLARE(avx512)
CONVNET_DECLARE(avx2)
#endif
CONVNET_DECLARE(baseline)
#undef CONVNET_DECLARE

namespace {

template <class T>
struct Tables {
    const Kernels<T>& kernels;
    const WinogradKernels<T>& winograd;
    const DepthwiseKernels<T>& depthwise;
};

struct InstructionSet {
    Tables<float> for_float;
    Tables<double> for_double;
    bool (*available)();

    const char* name() const { return for_float.kernels.name; }

    template <class T>
    const Tables<T>& tables() const {
        if constexpr (sizeof(T) == sizeof(float)) {
            return for_float;
        } else {
            return for_double;
        }
    }
};

#define CONVNET_SET(isa)                                                                 \
    {isa::float_kernels, isa::float_winograd_kernels, isa::float_depthwise_kernels}, {   \
        isa::double_kernels, isa::double_winograd_kernels, isa::double_depthwise_kernels \
    }

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

template <class T>
const Kernels<T>& kernels() {
    return chosen().tables<T>().kernels;
}

template <class T>
const WinogradKernels<T>& winograd_kernels() {
    return chosen().tables<T>().winograd;
}

template <class T>
const DepthwiseKernels<T>& depthwise_kernels() {
    return chosen().tables<T>().depthwise;
}

template const Kernels<float>& kernels();
template const Kernels<double>& kernels();
template const WinogradKernels<float>& winograd_kernels();
template const WinogradKernels<double>& winograd_kernels();
template const DepthwiseKernels<float>& depthwise_kernels();
template const DepthwiseKernels<double>& depthwise_kernels();

const char* instruction_set() { return chosen().name(); }

}  // namespace convnet::cpu
