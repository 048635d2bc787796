// One pass of a layer by one method: what a DirectPlan is put together from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>

#include "devices/cpu/thread_pool.hpp"
#include "engines/direct/target_epilogue.hpp"
#include "engines/engine.hpp"

namespace convnet::direct {

/// Elements rounded up to whole cache lines, so that threads share none.
constexpr std::int64_t whole_lines(std::int64_t elements) { return (elements + 15) / 16 * 16; }

/// Between the parts that threads have of a workspace. A processor that sees a stride fetches what would come next, many
/// strides beyond the end of a part; in the part of another thread, whose every store would then wait for lines to come
/// back. Large parts gain nothing by it.
inline constexpr std::int64_t gap_elements = 64 * 1024, large_part_elements = 768 * 1024;

/// Elements from a thread's part of so many elements to the next one's, and of all parts.
constexpr std::int64_t part_stride(std::int64_t elements) {
    if (elements == 0) {
        return 0;
    }
    return whole_lines(elements) + (elements < large_part_elements ? gap_elements : 0);
}
constexpr std::int64_t elements_of_parts(int threads, std::int64_t elements) {
    return threads == 1 ? whole_lines(elements) : threads * part_stride(elements);
}

/// What a pass runs with. The workspace has room for `workspace_elements(threads)`.
template <class T>
struct PassContext {
    ThreadPool& pool;
    int threads;
    T* workspace;

    /// The part of the calling thread, where each has so many elements, and what is behind all parts.
    T* own(std::int64_t elements) const { return workspace + ThreadPool::current_thread() * part_stride(elements); }
    T* shared(std::int64_t elements) const { return workspace + elements_of_parts(threads, elements); }
};

/// Forward or backward data: reads a source and weights, and writes a target whole.
template <class T>
class DataPass {
public:
    virtual ~DataPass() = default;

    virtual const char* algorithm() const noexcept = 0;
    virtual std::int64_t workspace_elements(int threads) const noexcept = 0;

    /// Of the weights in the form that run() reads.
    virtual std::int64_t prepared_elements() const noexcept = 0;
    virtual void prepare(ThreadPool& pool, const T* w, T* prepared) const = 0;

    virtual void run(const PassContext<T>& context, const T* source, const T* prepared, T* target,
                     const TargetEpilogue<T>& epilogue) const = 0;
};

/// The gradient of the weights: adds to dw.
template <class T>
class FilterPass {
public:
    virtual ~FilterPass() = default;

    virtual const char* algorithm() const noexcept = 0;
    virtual std::int64_t workspace_elements(int threads) const noexcept = 0;
    virtual void run(const PassContext<T>& context, const T* x, const T* dy, T* dw) const = 0;
};

/// The last of some planned parts whose first task is not behind `task`.
template <class Parts, class First>
const auto& of_task(const Parts& parts, std::int64_t task, First first) {
    return *std::prev(std::upper_bound(parts.begin(), parts.end(), task,
                                       [&](std::int64_t t, const auto& part) { return t < part.*first; }));
}

/// How far ahead planes of a source are fetched while they are copied: one plane, unless the source is so small that it is
/// near anyway.
constexpr std::int64_t fetched_ahead(std::int64_t planes, std::int64_t plane) {
    constexpr std::int64_t near = 512 * 1024;
    return planes * plane > near ? plane : 0;
}

/// The same with an odd number of lines: what lies a power of two apart wants the same few places of a cache.
constexpr std::int64_t odd_lines(std::int64_t elements) {
    return whole_lines(elements) / 16 % 2 == 1 ? whole_lines(elements) : whole_lines(elements) + 16;
}

}  // namespace convnet::direct
