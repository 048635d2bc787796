#include "engines/gemm/column_plan.hpp"

#include <algorithm>

#include "devices/workspace_pool.hpp"
#include "engines/gemm/products.hpp"
#include "geometry/error.hpp"

namespace convnet {
namespace {

std::int64_t bytes_per_position(const ConvolutionProblem& p) {
    return p.in_channels * p.taps() * static_cast<std::int64_t>(size_of(p.type));
}

/// Whole images when one fits, else a part of one image: whole rows of outputs when one fits, so that runs are long.
ColumnTile largest_tile(const ConvolutionProblem& p, Device& device) {
    const std::int64_t limit = device.workspace().limit_bytes();
    const std::int64_t positions = p.out_positions();
    const std::int64_t most = limit / bytes_per_position(p);
    if (most == 0) {
        throw Error(Status::out_of_memory, "workspace_limit_bytes",
                    text("the columns of one output position of ", p.to_string(), " take ", bytes_per_position(p),
                         " bytes, but the device's workspace limit is ", limit,
                         "; open the device with a higher workspace limit"));
    }
    const std::int64_t preferred =
        std::clamp<std::int64_t>(device.preferred_column_bytes() / bytes_per_position(p), 1, most);
    if (preferred >= positions) {
        return {std::min(p.batch, preferred / positions), 0, positions};
    }
    // Short products are slow, so a column tile has at least `least` positions where the limit allows it.
    constexpr std::int64_t least = 256;
    const std::int64_t count = std::min({std::max(preferred, least), most, positions});
    const std::int64_t row = p.axes.back().out;
    return {1, 0, count >= row ? count / row * row : count};
}

}  // namespace

ColumnPlan::ColumnPlan(const ConvolutionProblem& problem, Device& device)
    : GemmPlan(problem, device), largest_(largest_tile(problem, device)) {}

Algorithms ColumnPlan::algorithms() const noexcept { return {"im2col + gemm", "gemm + col2im", "im2col + gemm"}; }

std::int64_t ColumnPlan::workspace_bytes() const noexcept {
    return largest_.images * largest_.count * bytes_per_position(problem());
}

template <class Function>
void ColumnPlan::for_each_tile(const Function& function) const {
    const std::int64_t positions = problem().out_positions();
    for (std::int64_t image = 0; image < problem().batch; image += largest_.images) {
        for (std::int64_t first = 0; first < positions; first += largest_.count) {
            function(ColumnTile{std::min(largest_.images, problem().batch - image), first,
                                std::min(largest_.count, positions - first)},
                     image);
        }
    }
}

template <class Function>
void ColumnPlan::for_each_gathered_tile(const void* x, const Function& function) const {
    const auto workspace = device().workspace().lend(workspace_bytes());
    for_each_tile([&](const ColumnTile& tile, std::int64_t image) {
        device().im2col(problem(), tile, image_of_x(x, image), workspace.data());
        function(tile, Columns<const void*>{workspace.data(), tile.count}, image);
    });
}

template <class Pointer>
Pointer ColumnPlan::image_of_x(Pointer x, std::int64_t image) const {
    return element(problem().type, x, image * problem().in_channels * problem().in_positions());
}

template <class Pointer>
Pointer ColumnPlan::image_of_y(Pointer y, std::int64_t image) const {
    return element(problem().type, y, image * problem().out_channels * problem().out_positions());
}

void ColumnPlan::forward(const void* x, const void* w, void* y, const Epilogue& epilogue) const {
    for_each_gathered_tile(x, [&](const ColumnTile& tile, Columns<const void*> columns, std::int64_t image) {
        device().gemm(forward_product(problem(), tile, columns, w, image_of_y(y, image)));
    });
    finish(epilogue, y, problem().out_channels, problem().out_positions());
}

void ColumnPlan::backward_data(const void* dy, const void* w, void* dx, const Epilogue& epilogue) const {
    const auto workspace = device().workspace().lend(workspace_bytes());
    for_each_tile([&](const ColumnTile& tile, std::int64_t image) {
        device().gemm(backward_data_product(problem(), tile, {workspace.data(), tile.count}, w, image_of_y(dy, image)));
        const bool accumulate = tile.first > 0;
        device().col2im(problem(), tile, workspace.data(), image_of_x(dx, image), accumulate);
    });
    finish(epilogue, dx, problem().in_channels, problem().in_positions());
}

void ColumnPlan::backward_filter(const void* x, const void* dy, void* dw) const {
    for_each_gathered_tile(x, [&](const ColumnTile& tile, Columns<const void*> columns, std::int64_t image) {
        device().gemm(backward_filter_product(problem(), tile, columns, image_of_y(dy, image), dw));
    });
}

void ColumnPlan::forward_with_filter_gradient(const void* x, const void* w, void* y, const void* dy, void* dw) const {
    for_each_gathered_tile(x, [&](const ColumnTile& tile, Columns<const void*> columns, std::int64_t image) {
        device().gemm(forward_product(problem(), tile, columns, w, image_of_y(y, image)));
        device().gemm(backward_filter_product(problem(), tile, columns, image_of_y(dy, image), dw));
    });
}

}  // namespace convnet
