#include "engines/direct/gradient_parts.hpp"

#include <algorithm>

#include "geometry/arithmetic.hpp"

namespace convnet::direct {

GradientParts::GradientParts(const Sweep& sweep, std::int64_t outputs_of_task, std::int64_t channels_of_task,
                             std::int64_t all_units, std::int64_t step, std::int64_t most_partial)
    : outputs(outputs_of_task),
      output_blocks(ceil_divide(sweep.target_channels, outputs)),
      channels(channels_of_task),
      channel_blocks(ceil_divide(sweep.channels, channels)),
      blocks(sweep.groups * output_blocks * channel_blocks),
      units(all_units),
      elements(sweep.groups * sweep.target_channels * sweep.depth()) {
    constexpr std::int64_t wanted_tasks = 16;
    const std::int64_t most_parts = most_partial / std::max<std::int64_t>(1, elements);
    const std::int64_t steps = ceil_divide(units, step);
    const std::int64_t wanted =
        std::clamp<std::int64_t>(std::min(ceil_divide(wanted_tasks, blocks), most_parts), 1, steps);
    part = ceil_divide(ceil_divide(units, wanted), step) * step;
    parts = ceil_divide(units, part);
    tasks = blocks * parts;
}

GradientPart GradientParts::part_of(const Sweep& sweep, std::int64_t task) const {
    const std::int64_t number = task % parts;
    task /= parts;
    const std::int64_t output = task % output_blocks * outputs;
    task /= output_blocks;
    const std::int64_t channel = task % channel_blocks * channels;
    return {number,        task / channel_blocks,
            output,        std::min(outputs, sweep.target_channels - output),
            channel,       std::min(channels, sweep.channels - channel),
            number * part, std::min(units, (number + 1) * part)};
}

}  // namespace convnet::direct
