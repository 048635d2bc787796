#include "engines/direct/filter_gradient.hpp"

#include <algorithm>

#include "devices/cpu/per_thread.hpp"
#include "devices/cpu/tile.hpp"
#include "engines/direct/runs.hpp"
#include "geometry/arithmetic.hpp"

namespace convnet::direct {
namespace {

constexpr std::int64_t slack = 64;  // that the gather kernel may overwrite

/// Elements of the parts of a thread's scratch memory.
struct ScratchLayout {
    explicit ScratchLayout(const FilterGradientBlocks& b, std::int64_t taps)
        : gathered(b.parts.channels * taps * b.depth + slack),
          columns(round_up(b.parts.channels * taps, b.width) * b.depth),
          dy(round_up(b.parts.outputs, b.row_group) * b.depth),
          tile(b.tile_rows * b.width) {}

    std::int64_t gathered, columns, dy, tile;

    std::int64_t elements() const { return gathered + columns + dy + tile; }
};

template <class T>
class Task {
public:
    Task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const FilterGradientBlocks& blocks,
         const GradientPart& part, const FilterGradientArguments<T>& arguments, T* scratch)
        : kernels_(kernels), sweep_(sweep), blocks_(blocks), part_(part), arguments_(arguments) {
        const ScratchLayout layout(blocks, sweep.taps());
        gathered_ = scratch;
        columns_ = gathered_ + layout.gathered;
        dy_ = columns_ + layout.columns;
        tile_ = dy_ + layout.dy;
    }

    void run() {
        bool accumulate = arguments_.accumulate;
        for (std::int64_t position = part_.first; position < part_.end; position += blocks_.depth) {
            const std::int64_t depth = std::min(blocks_.depth, part_.end - position), next = position + depth;
            pack_columns(position, depth);
            pack_dy(position, depth);
            find_ahead(next, std::min(blocks_.depth, part_.end - next));
            multiply(depth, accumulate);
            accumulate = true;
        }
    }

private:
    /// What is fetched while a tile is multiplied: elements `stride` apart.
    struct Ahead {
        const T* first;
        std::int64_t stride;
    };

    /// Finds what tiles are to fetch of the `depth` positions from `position` on. Of windows of more elements than one
    /// most is near already, since it is gathered for each of them.
    void find_ahead(std::int64_t position, std::int64_t depth) {
        ahead_.clear();
        if (depth <= 0 || sweep_.taps() > 1) {
            return;
        }
        auto& runs = cpu::per_thread<PanelRuns>();
        runs.find(sweep_, position, depth);
        const std::int64_t step = sweep_.axes.back().stride, source_positions = sweep_.source_positions();
        const T* const x = arguments_.x + (part_.group * sweep_.channels + part_.channel) * source_positions;
        for (std::int32_t run = 0; run < runs.first_run()[1]; ++run) {
            const cpu::Run& r = runs.runs()[run];
            fetch(x + r.source, (r.length - 1) * step, source_positions, part_.channels);
        }
        const std::int64_t positions = sweep_.positions();
        for (const PanelRow& row : runs.rows()) {
            const std::int64_t channel =
                (row.image * sweep_.groups + part_.group) * sweep_.target_channels + part_.output;
            fetch(arguments_.dy + channel * positions + row.outer * sweep_.axes.back().out + row.begin, row.length - 1,
                  positions, part_.outputs);
        }
    }

    /// The elements up to number `last` of each of `lines` lines.
    void fetch(const T* first, std::int64_t last, std::int64_t stride, std::int64_t lines) {
        for (std::int64_t line = 0; line < lines; line += blocks_.depth) {
            for (std::int64_t i = 0; i < last; i += kernels_.lanes) {
                ahead_.push_back({first + line * stride + i, stride});
            }
            ahead_.push_back({first + line * stride + last, stride});
        }
    }

    /// The columns of all channels and taps, transposed: panels of [depth][width].
    void pack_columns(std::int64_t position, std::int64_t depth) {
        auto& runs = cpu::per_thread<PanelRuns>();
        runs.find(sweep_, position, depth);
        const std::int64_t source_positions = sweep_.source_positions(), taps = sweep_.taps();
        const std::int64_t sources = sweep_.images * sweep_.groups * sweep_.channels * source_positions;
        kernels_.gather({arguments_.x + (part_.group * sweep_.channels + part_.channel) * source_positions,
                         arguments_.x + sources, source_positions, part_.channels, taps, runs.runs(), runs.first_run(),
                         sweep_.axes.back().stride, gathered_, depth});
        const std::int64_t count = part_.channels * taps;
        for (std::int64_t first = 0; first < count; first += blocks_.width) {
            const std::int64_t columns = std::min(blocks_.width, count - first);
            const std::int64_t vectors = ceil_divide(columns, kernels_.lanes);
            kernels_.transpose(gathered_ + first * depth, depth, columns, depth, columns_ + first * depth,
                               vectors * kernels_.lanes);
        }
    }

    /// The rows of dy, transposed: groups of [depth][row_group].
    void pack_dy(std::int64_t position, std::int64_t depth) {
        const std::int64_t positions = sweep_.positions();
        for (std::int64_t done = 0; done < depth;) {
            const std::int64_t image = (position + done) / positions, p = (position + done) % positions;
            const std::int64_t length = std::min(depth - done, positions - p);
            const std::int64_t channel = (image * sweep_.groups + part_.group) * sweep_.target_channels + part_.output;
            for (std::int64_t row = 0; row < part_.outputs; row += blocks_.row_group) {
                kernels_.transpose(arguments_.dy + (channel + row) * positions + p, positions,
                                   std::min(blocks_.row_group, part_.outputs - row), length,
                                   dy_ + row * depth + done * blocks_.row_group, blocks_.row_group);
            }
            done += length;
        }
    }

    void multiply(std::int64_t depth, bool accumulate) {
        const std::int64_t count = part_.channels * sweep_.taps(), row_stride = sweep_.depth();
        T* const block = arguments_.sums + (part_.group * sweep_.target_channels + part_.output) * row_stride +
                         part_.channel * sweep_.taps();
        auto ahead = ahead_.begin();
        for (std::int64_t first = 0; first < count; first += blocks_.width) {
            const std::int64_t columns = std::min(blocks_.width, count - first);
            for (std::int64_t row = 0; row < part_.outputs; row += blocks_.tile_rows) {
                const std::int64_t group = row / blocks_.row_group * blocks_.row_group;
                cpu::Tile<T> tile{};
                tile.rows = static_cast<int>(std::min(blocks_.tile_rows, part_.outputs - row));
                tile.vectors = static_cast<int>(ceil_divide(columns, kernels_.lanes));
                tile.k = depth;
                tile.a = dy_ + group * depth + (row - group);
                tile.a_stride = blocks_.row_group;
                tile.b = columns_ + first * depth;
                tile.b_stride = tile.vectors * kernels_.lanes;
                tile.c.data = block + row * row_stride + first;
                tile.c.stride = row_stride;
                tile.c.accumulate = accumulate;
                if (ahead != ahead_.end()) {
                    tile.ahead = ahead->first;
                    tile.ahead_stride = ahead->stride;
                    ++ahead;
                }
                cpu::multiply_tile(kernels_, tile, columns, tile_);
            }
        }
    }

    const cpu::Kernels<T>& kernels_;
    const Sweep& sweep_;
    const FilterGradientBlocks& blocks_;
    const GradientPart& part_;
    const FilterGradientArguments<T>& arguments_;
    T *gathered_, *columns_, *dy_, *tile_;
    std::vector<Ahead>& ahead_ = cpu::per_thread<std::vector<Ahead>>();
};

std::int64_t channels_of_task(const Sweep& sweep) {
    // Wide enough that transposing dy is little work beside it.
    constexpr std::int64_t columns = 384;
    return even_part(sweep.channels, columns / sweep.taps());
}

/// What is packed stays in the second-level cache.
std::int64_t positions_at_once(const Sweep& sweep, int lanes) {
    constexpr std::int64_t packed = 48 * 1024, least = 16, most = 128;
    return std::clamp(packed / (channels_of_task(sweep) * sweep.taps()) / lanes * lanes, least, most);
}

GradientParts divide(const Sweep& sweep, std::int64_t depth) {
    constexpr std::int64_t most_rows = 256, most_partial = 1 << 20;
    return {sweep,
            std::min(sweep.target_channels, most_rows),
            channels_of_task(sweep),
            sweep.images * sweep.positions(),
            depth,
            most_partial};
}

}  // namespace

FilterGradientBlocks::FilterGradientBlocks(const Sweep& sweep, int lanes, int rows_of_tile, int panel_width)
    : width(panel_width),
      tile_rows(rows_of_tile),
      row_group(std::max(lanes, rows_of_tile)),
      depth(positions_at_once(sweep, lanes)),
      parts(divide(sweep, depth)),
      scratch_elements(whole_lines(ScratchLayout(*this, sweep.taps()).elements())) {}

template <class T>
void run_filter_gradient_task(const cpu::Kernels<T>& kernels, const Sweep& sweep, const FilterGradientBlocks& blocks,
                              const GradientPart& part, const FilterGradientArguments<T>& arguments, T* scratch) {
    Task<T>(kernels, sweep, blocks, part, arguments, scratch).run();
}

template void run_filter_gradient_task(const cpu::Kernels<float>&, const Sweep&, const FilterGradientBlocks&,
                                       const GradientPart&, const FilterGradientArguments<float>&, float*);
template void run_filter_gradient_task(const cpu::Kernels<double>&, const Sweep&, const FilterGradientBlocks&,
                                       const GradientPart&, const FilterGradientArguments<double>&, double*);

}  // namespace convnet::direct
