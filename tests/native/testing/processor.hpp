// What the processor can, asked of it here again, so that the library's own answer is compared with something.
#pragma once

#include <cstdlib>
#include <string_view>

namespace testing_support {

/// Whether kernels of an instruction set would run here; true for names that no kernels have.
inline bool processor_has(std::string_view instruction_set) {
#if defined(__x86_64__)
    if (instruction_set == "avx512") {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    }
    if (instruction_set == "avx2") {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
#endif
    return instruction_set != "avx512" && instruction_set != "avx2";
}

/// The instruction set that the environment asks for, or "".
inline std::string_view asked_instruction_set() {
    const char* const asked = std::getenv("CONVNET_CPU_ISA");
    return asked == nullptr ? "" : asked;
}

/// Asks for an instruction set by the environment of this process.
inline void ask_for_instruction_set(const char* name) {
#if defined(_WIN32)
    _putenv_s("CONVNET_CPU_ISA", name);
#else
    setenv("CONVNET_CPU_ISA", name, 1);
#endif
}

}  // namespace testing_support
