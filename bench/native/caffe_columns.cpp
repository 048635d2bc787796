#include "caffe_columns.hpp"

#include <algorithm>

namespace bench {
namespace {

/** The positions along one axis, [begin, end), at which tap `offset` of the kernel lies inside of `extent`. */
struct Inside {
    int64_t begin, end;
};

Inside inside(const Windows& w, int64_t offset, int64_t extent, int64_t positions) {
    const int64_t shift = w.pad - offset * w.dilation;  // position * stride must be in [shift, extent + shift)
    const int64_t begin = shift <= 0 ? 0 : (shift + w.stride - 1) / w.stride;
    const int64_t end = extent + shift <= 0 ? 0 : (extent + shift - 1) / w.stride + 1;
    return {std::min(begin, positions), std::clamp(end, std::min(begin, positions), positions)};
}

/** Calls visit(row of columns, plane of the image, i, j) for every row of the column matrix. */
template <typename Columns, typename Image, typename Visit>
void for_each_row(const Windows& w, Columns* columns, Image* image, Visit visit) {
    for (int64_t c = 0; c < w.channels; ++c) {
        for (int64_t i = 0; i < w.kernel; ++i) {
            for (int64_t j = 0; j < w.kernel; ++j) {
                visit(columns, image, i, j);
                columns += w.columns();
            }
        }
        image += w.height * w.width;
    }
}

}  // namespace

void image_to_columns(const Windows& w, const float* image, float* columns) {
    for_each_row(w, columns, image, [&w](float* to, const float* plane, int64_t i, int64_t j) {
        const Inside rows = inside(w, i, w.height, w.window_rows), across = inside(w, j, w.width, w.window_columns);
        std::fill_n(to, rows.begin * w.window_columns, 0.0F);
        for (int64_t y = rows.begin; y < rows.end; ++y) {
            float* line = to + y * w.window_columns;
            const float* from = plane + (y * w.stride - w.pad + i * w.dilation) * w.width - w.pad + j * w.dilation;
            std::fill_n(line, across.begin, 0.0F);
            if (w.stride == 1) {
                std::copy(from + across.begin, from + across.end, line + across.begin);
            } else {
                for (int64_t x = across.begin; x < across.end; ++x) line[x] = from[x * w.stride];
            }
            std::fill(line + across.end, line + w.window_columns, 0.0F);
        }
        std::fill(to + rows.end * w.window_columns, to + w.columns(), 0.0F);
    });
}

void columns_to_image(const Windows& w, const float* columns, float* image) {
    std::fill_n(image, w.channels * w.height * w.width, 0.0F);
    for_each_row(w, columns, image, [&w](const float* from, float* plane, int64_t i, int64_t j) {
        const Inside rows = inside(w, i, w.height, w.window_rows), across = inside(w, j, w.width, w.window_columns);
        for (int64_t y = rows.begin; y < rows.end; ++y) {
            const float* line = from + y * w.window_columns;
            float* to = plane + (y * w.stride - w.pad + i * w.dilation) * w.width - w.pad + j * w.dilation;
            for (int64_t x = across.begin; x < across.end; ++x) to[x * w.stride] += line[x];
        }
    });
}

}  // namespace bench
