#include "geometry/column_index.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace convnet;

namespace {

template <class Visit>
void for_each_axis(const Visit& visit) {
    for (std::int64_t in : {1, 2, 3, 5, 8}) {
        for (std::int64_t out : {1, 2, 4, 7}) {
            for (std::int64_t stride = 1; stride <= 4; ++stride) {
                for (std::int64_t pad : {0, 1, 2, 5, 9}) {
                    for (std::int64_t dilation = 1; dilation <= 3; ++dilation) {
                        visit(Axis{in, out, 4, stride, pad, dilation});
                    }
                }
            }
        }
    }
}

// Every range of outputs, against asking each output alone.
TEST(ColumnIndex, outputs_inside_are_those_that_read_an_element) {
    for_each_axis([](const Axis& axis) {
        for (std::int64_t tap = 0; tap < axis.kernel; ++tap) {
            for (std::int64_t begin = 0; begin <= axis.out; ++begin) {
                for (std::int64_t end = begin; end <= axis.out; ++end) {
                    const Range range = outputs_inside(axis, tap, begin, end);
                    ASSERT_TRUE(begin <= range.begin && range.begin <= range.end && range.end <= end);
                    for (std::int64_t out = begin; out < end; ++out) {
                        const std::int64_t in = out * axis.stride - axis.pad + tap * axis.dilation;
                        ASSERT_EQ(in >= 0 && in < axis.in, out >= range.begin && out < range.end)
                            << "in " << axis.in << " out " << axis.out << " stride " << axis.stride << " pad "
                            << axis.pad << " dilation " << axis.dilation << " tap " << tap << " output " << out;
                    }
                }
            }
        }
    });
}

TEST(ColumnIndex, output_index_is_the_inverse_of_input_index) {
    for_each_axis([](const Axis& axis) {
        for (std::int64_t tap = 0; tap < axis.kernel; ++tap) {
            for (std::int64_t in = 0; in < axis.in; ++in) {
                std::int64_t expected = -1;
                for (std::int64_t out = 0; out < axis.out; ++out) {
                    expected = input_index(axis, out, tap) == in ? out : expected;
                }
                ASSERT_EQ(output_index(axis, in, tap), expected);
            }
        }
    });
}

TEST(ColumnIndex, outputs_that_read_an_input_are_in_its_range_and_have_a_tap) {
    for_each_axis([](const Axis& axis) {
        for (std::int64_t in = 0; in < axis.in; ++in) {
            for (std::int64_t out = 0; out < axis.out; ++out) {
                std::int64_t expected = -1;
                for (std::int64_t tap = 0; tap < axis.kernel; ++tap) {
                    expected = input_index(axis, out, tap) == in ? tap : expected;
                }
                const bool in_range = out >= first_output(axis, in) && out < end_output(axis, in);
                ASSERT_EQ(in_range ? tap_index(axis, in, out) : -1, expected)
                    << "in " << in << " of " << axis.in << ", out " << out << " of " << axis.out << ", stride "
                    << axis.stride << ", pad " << axis.pad << ", dilation " << axis.dilation;
            }
        }
    });
}

TEST(ColumnIndex, elements_of_channels_are_all_there_are_in_either_layout) {
    constexpr std::int64_t images = 2, channels = 3, positions = 5;
    for (const bool channels_last : {false, true}) {
        std::set<std::int64_t> places;
        for (std::int64_t channel = 0; channel < images * channels; ++channel) {
            for (std::int64_t position = 0; position < positions; ++position) {
                const std::int64_t image = channel / channels, own = channel % channels;
                const std::int64_t expected = channels_last ? (image * positions + position) * channels + own
                                                            : (image * channels + own) * positions + position;
                const std::int64_t place = channel_elements(channels_last, channel, channels, positions).at(position);
                EXPECT_EQ(place, expected);
                const auto back = channel_position(channels_last, place, channels, positions);
                EXPECT_EQ(back.channel, channel);
                EXPECT_EQ(back.position, position);
                places.insert(place);
            }
        }
        EXPECT_EQ(places.size(), static_cast<std::size_t>(images * channels * positions));
    }
}

}  // namespace
