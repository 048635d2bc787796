// Caffe's columns: an image unrolled so that a convolution becomes one matrix product, and the way back.
#pragma once

#include <cstdint>

namespace bench {

/** How windows of an image of [channels, height, width] map to [window_rows, window_columns] positions. */
struct Windows {
    int64_t channels, height, width;
    int64_t window_rows, window_columns;
    int64_t kernel, stride, pad, dilation;

    int64_t rows() const { return channels * kernel * kernel; }
    int64_t columns() const { return window_rows * window_columns; }
    /** Whether the columns would be the image itself. */
    bool are_the_image() const { return kernel == 1 && stride == 1 && pad == 0; }
};

/** Writes columns [channels*k*k, window_rows*window_columns]. */
void image_to_columns(const Windows& windows, const float* image, float* columns);

/** Adds all columns up to the image they come from. */
void columns_to_image(const Windows& windows, const float* columns, float* image);

}  // namespace bench
