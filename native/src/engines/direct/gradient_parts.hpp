// How the gradient of the weights is cut into tasks: blocks of output and of source channels, and where those are few,
// what is summed over into parts with sums of their own, which are then added in order. It follows from the sweep and
// the instruction set alone, so that results do not depend on the number of threads.
#pragma once

#include "engines/direct/pass.hpp"
#include "engines/direct/sweep.hpp"

namespace convnet::direct {

/// What a task computes.
struct GradientPart {
    std::int64_t number;  ///< Of the part of the sums.
    std::int64_t group;
    std::int64_t output, outputs;    ///< The first output channel, and how many.
    std::int64_t channel, channels;  ///< The same of the source.
    std::int64_t first, end;         ///< Of the units that it sums.
};

struct GradientParts {
    /// For tasks of so many output and source channels. What is summed over comes in units, for example positions; a
    /// part has a multiple of `step`, and the sums of all parts no more than `most_partial` elements.
    GradientParts(const Sweep& sweep, std::int64_t outputs, std::int64_t channels, std::int64_t units,
                  std::int64_t step, std::int64_t most_partial);

    std::int64_t outputs, output_blocks;    ///< Output channels of a task.
    std::int64_t channels, channel_blocks;  ///< Source channels of a task.
    std::int64_t blocks;                    ///< Of channels, in all groups.
    std::int64_t units, elements;           ///< What is summed over, and the size of the gradient.
    std::int64_t part, parts;               ///< Units of a part.
    std::int64_t tasks;

    GradientPart part_of(const Sweep& sweep, std::int64_t task) const;

    /// Of the sums of all parts; a single one adds to the gradient itself.
    std::int64_t partial_elements() const { return parts > 1 ? parts * elements : 0; }
};

/// Calls sum(part, scratch, sums, accumulate) for every task: it writes its share of a gradient to `sums`, or adds it
/// to what is there. The workspace has room for `scratch_elements` of each thread and partial_elements().
template <class T, class Sum>
void sum_in_parts(const PassContext<T>& context, const Sweep& sweep, const GradientParts& parts,
                  std::int64_t scratch_elements, T* dw, const Sum& sum) {
    T* const partial = context.shared(scratch_elements);
    const auto task = [&](std::int64_t index) {
        const GradientPart part = parts.part_of(sweep, index);
        const bool alone = parts.parts == 1;
        sum(part, context.own(scratch_elements), alone ? dw : partial + part.number * parts.elements, alone);
    };
    context.pool.run(parts.tasks, task, context.threads);
    if (parts.parts == 1) {
        return;
    }
    constexpr std::int64_t share = 1 << 14;
    const auto add = [&](std::int64_t index) {
        const std::int64_t begin = index * share, end = std::min(parts.elements, begin + share);
        for (std::int64_t part = 0; part < parts.parts; ++part) {
            const T* const of_part = partial + part * parts.elements;
            for (std::int64_t i = begin; i < end; ++i) {
                dw[i] += of_part[i];
            }
        }
    };
    context.pool.run((parts.elements + share - 1) / share, add, context.threads);
}

}  // namespace convnet::direct
