// What the machine can do at most: multiply-adds per second, and bytes copied per second.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "problem.hpp"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/** Runs work(thread) on that many threads at once, and returns how long all of it took. */
template <typename Work>
double on_threads(int64_t count, Work work) {
    const Clock::time_point start = Clock::now();
    std::vector<std::thread> others;
    for (int64_t i = 1; i < count; ++i) others.emplace_back(work, i);
    work(int64_t{0});
    for (std::thread& other : others) other.join();
    return seconds_since(start);
}

// More sums than the latency of two multiply-add units hides, few enough for 16 registers.
constexpr int sums = 12;
constexpr int64_t steps_per_round = 1 << 16;

typedef float Vector128 __attribute__((vector_size(16)));
typedef float Vector256 __attribute__((vector_size(32)));
typedef float Vector512 __attribute__((vector_size(64)));

/** Multiply-adds on vectors; returns the operations done, two for each multiply-add and number. */
template <typename Vector>
[[gnu::always_inline]] inline double multiply_add(int64_t rounds, float* sink) {
    constexpr int lanes = static_cast<int>(sizeof(Vector) / sizeof(float));
    Vector sum[sums] = {};
    // Different ones, or they would all be computed as one.
    for (int i = 0; i < sums; ++i) sum[i] += static_cast<float>(i);
    Vector factor = {}, addend = {};
    factor += sink[0];
    addend += sink[1];
    for (int64_t round = 0; round < rounds; ++round) {
        for (int64_t step = 0; step < steps_per_round; ++step) {
#pragma GCC unroll 12
            for (int i = 0; i < sums; ++i) sum[i] = sum[i] * factor + addend;
        }
    }
    for (int i = 1; i < sums; ++i) sum[0] += sum[i];
    for (int lane = 0; lane < lanes; ++lane) sink[2] += sum[0][lane];
    return 2.0 * sums * lanes * static_cast<double>(rounds * steps_per_round);
}

using MultiplyAdd = double (*)(int64_t, float*);

double multiply_add_128(int64_t rounds, float* sink) { return multiply_add<Vector128>(rounds, sink); }

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] double multiply_add_256(int64_t rounds, float* sink) {
    return multiply_add<Vector256>(rounds, sink);
}

[[gnu::target("avx512f,prefer-vector-width=512")]] double multiply_add_512(int64_t rounds, float* sink) {
    return multiply_add<Vector512>(rounds, sink);
}
#endif

MultiplyAdd widest() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return multiply_add_512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return multiply_add_256;
#endif
    return multiply_add_128;
}

}  // namespace

/** Operations per second of a loop that does nothing but multiply and add in registers: the best of several runs. */
BENCH_API double convnet_bench_multiply_add_peak(int64_t threads) {
    const MultiplyAdd work = widest();
    constexpr int64_t rounds = 64;
    double best = 0;
    for (int run = 0; run < 7; ++run) {
        std::vector<double> done(static_cast<std::size_t>(threads));
        const double seconds = on_threads(threads, [&done, work](int64_t thread) {
            float sink[3] = {0.5F, 0.25F, 0.0F};
            done[static_cast<std::size_t>(thread)] = work(rounds, sink);
            // Unknown to the compiler, so that the sums are needed.
            asm volatile("" : : "m"(sink) : "memory");
        });
        double operations = 0;
        for (const double part : done) operations += part;
        best = std::max(best, operations / seconds);
    }
    return best;
}

/** Copies on that many threads, a part of the bytes on each. */
BENCH_API void convnet_bench_copy(int64_t threads, const char* from, char* to, int64_t bytes) {
    on_threads(threads, [=](int64_t thread) {
        const int64_t begin = bytes / threads * thread,
                      end = thread + 1 == threads ? bytes : bytes / threads * (thread + 1);
        std::memcpy(to + begin, from + begin, static_cast<std::size_t>(end - begin));
    });
}
