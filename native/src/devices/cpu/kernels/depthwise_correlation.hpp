// How depthwise_kernels.cpp sums results. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/depthwise_kernels.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

/// Results of `rows` rows, and of each so many vectors, one `across` elements after the other.
template <class T, int rows, int vectors>
using Block = typename Vector<T>::type[rows][vectors];

/// Every result begins with the bias.
template <class T, int rows, int vectors>
CONVNET_INLINE void begin(const DepthwiseRows<T>& d, Block<T, rows, vectors>& sums) {
    const auto bias = broadcast(d.bias);
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            sums[r][v] = bias;
        }
    }
}

/// Any taps.
template <class T, int rows, int vectors>
CONVNET_INLINE void sum_taps(const DepthwiseRows<T>& d, const T* source, std::int64_t across, std::int64_t phase,
                             Block<T, rows, vectors>& sums) {
    begin<T, rows, vectors>(d, sums);
    const DepthwiseTap* const end = d.taps + d.first_tap[phase + 1];
    for (const DepthwiseTap* tap = d.taps + d.first_tap[phase]; tap != end; ++tap) {
        const auto weight = broadcast(d.weights[tap->weight]);
        const T* const in = source + tap->offset;
        CONVNET_UNROLL
        for (int r = 0; r < rows; ++r) {
            CONVNET_UNROLL
            for (int v = 0; v < vectors; ++v) {
                sums[r][v] += weight * load(in + r * d.source_step + v * across);
            }
        }
    }
}

template <class T, bool rectifies, int rows, int vectors>
CONVNET_INLINE void correlate_block(const DepthwiseRows<T>& d, const T* source, T* target, std::int64_t across) {
    Block<T, rows, vectors> sums;
    sum_taps<T, rows, vectors>(d, source, across, 0, sums);
    CONVNET_UNROLL
    for (int r = 0; r < rows; ++r) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store_some(target + r * d.target_step + v * across, finished<rectifies>(sums[r][v], d.slope), d.columns);
        }
    }
}

/// The last vectors of a row that has more than one end where it ends, and overlap those before.
template <class T, bool rectifies, int rows>
void correlate_rows(const DepthwiseRows<T>& d, std::int64_t first) {
    constexpr int lanes = Vector<T>::lanes;
    const T* const source = d.source + first * d.source_step;
    T* const target = d.target + first * d.target_step;
    std::int64_t i = 0;
    for (; d.columns - i > lanes; i += 2 * lanes) {
        const std::int64_t left = d.columns - i;
        correlate_block<T, rectifies, rows, 2>(d, source + i, target + i, left < 2 * lanes ? left - lanes : lanes);
    }
    if (i < d.columns) {
        i = d.columns < lanes ? 0 : d.columns - lanes;
        correlate_block<T, rectifies, rows, 1>(d, source + i, target + i, 0);
    }
}

/// Two phases, put together as they are stored.
template <class T, bool rectifies, int rows>
void correlate_pairs(const DepthwiseRows<T>& d, std::int64_t first_row) {
    constexpr int lanes = Vector<T>::lanes;
    const T* const source = d.source + first_row * d.source_step;
    T* const target = d.target + first_row * d.target_step;
    for (std::int64_t i = 0; 2 * i < d.columns; i += lanes) {
        Block<T, rows, 1> even, odd;
        sum_taps<T, rows, 1>(d, source + i, 0, 0, even);
        sum_taps<T, rows, 1>(d, source + i, 0, 1, odd);
        const std::int64_t left = d.columns - 2 * i;
        CONVNET_UNROLL
        for (int r = 0; r < rows; ++r) {
            T* const out = target + r * d.target_step + 2 * i;
            const auto first = finished<rectifies>(even[r][0], d.slope),
                       second = finished<rectifies>(odd[r][0], d.slope);
            store_some(out, in_turns<T>(first, second, 0), left);
            store_some(out + lanes, in_turns<T>(first, second, lanes / 2), left - lanes);
        }
    }
}

/// out[i * phases + p] = in[p][i] for the first `columns` elements of `out`; `spare` is as large as `in`.
template <class T>
CONVNET_INLINE void interleave(T* in, T* spare, std::int64_t phases, std::int64_t pitch, T* out, std::int64_t columns) {
    constexpr int lanes = Vector<T>::lanes;
    if ((phases & (phases - 1)) != 0) {
        for (std::int64_t p = 0; p < phases; ++p) {
            const T* element = in + p * pitch;
            for (std::int64_t i = p; i < columns; i += phases) {
                out[i] = *element++;
            }
        }
        return;
    }
    // Each round halves the number of rows: p and p + half in turns are the row p of half as many phases.
    for (std::int64_t half = phases / 2; half >= 1; half /= 2, pitch *= 2) {
        for (std::int64_t p = 0; p < half; ++p) {
            const T* const even = in + p * pitch;
            const T* const odd = even + half * pitch;
            T* const row = half == 1 ? out : spare + p * 2 * pitch;
            const std::int64_t count = half == 1 ? columns : 2 * pitch;
            for (std::int64_t i = 0; 2 * i < count; i += lanes) {
                const auto first = load(even + i), second = load(odd + i);
                store_some(row + 2 * i, in_turns<T>(first, second, 0), count - 2 * i);
                store_some(row + 2 * i + lanes, in_turns<T>(first, second, lanes / 2), count - 2 * i - lanes);
            }
        }
        T* const rows = in;
        in = spare;
        spare = rows;
    }
}

template <class T, bool rectifies, int vectors>
CONVNET_INLINE void sum_phase(const DepthwiseRows<T>& d, const T* source, std::int64_t phase, T* out) {
    constexpr int lanes = Vector<T>::lanes;
    Block<T, 1, vectors> sums;
    sum_taps<T, 1, vectors>(d, source, lanes, phase, sums);
    CONVNET_UNROLL
    for (int v = 0; v < vectors; ++v) {
        store(out + v * lanes, finished<rectifies>(sums[0][v], d.slope));
    }
}

/// Any number of phases, a row of each, and then put together.
template <class T, bool rectifies>
void correlate_phases(const DepthwiseRows<T>& d, std::int64_t row) {
    constexpr int lanes = Vector<T>::lanes;
    const T* const source = d.source + row * d.source_step;
    const std::int64_t pitch = ((d.columns + d.phases - 1) / d.phases + lanes - 1) / lanes * lanes;
    for (std::int64_t phase = 0; phase < d.phases; ++phase) {
        T* const out = d.scratch + phase * pitch;
        std::int64_t i = 0;
        for (; pitch - i >= 4 * lanes; i += 4 * lanes) {
            sum_phase<T, rectifies, 4>(d, source + i, phase, out + i);
        }
        if (pitch - i == 3 * lanes) {
            sum_phase<T, rectifies, 3>(d, source + i, phase, out + i);
        } else if (pitch - i == 2 * lanes) {
            sum_phase<T, rectifies, 2>(d, source + i, phase, out + i);
        } else if (pitch - i == lanes) {
            sum_phase<T, rectifies, 1>(d, source + i, phase, out + i);
        }
    }
    interleave(d.scratch, d.scratch + d.phases * pitch, d.phases, pitch, d.target + row * d.target_step, d.columns);
}

/// Four rows at a time, then two, then one, each with a function of its own.
template <class T>
CONVNET_INLINE void in_blocks(const DepthwiseRows<T>& d, void (*four)(const DepthwiseRows<T>&, std::int64_t),
                              void (*two)(const DepthwiseRows<T>&, std::int64_t),
                              void (*one)(const DepthwiseRows<T>&, std::int64_t)) {
    std::int64_t row = 0;
    for (; row + 4 <= d.rows; row += 4) {
        four(d, row);
    }
    for (; row + 2 <= d.rows; row += 2) {
        two(d, row);
    }
    for (; row < d.rows; ++row) {
        one(d, row);
    }
}

template <class T, bool rectifies>
void correlate_any(const DepthwiseRows<T>& d) {
    if (d.phases > 2) {
        for (std::int64_t row = 0; row < d.rows; ++row) {
            correlate_phases<T, rectifies>(d, row);
        }
    } else if (d.phases == 2) {
        in_blocks<T>(d, correlate_pairs<T, rectifies, 4>, correlate_pairs<T, rectifies, 2>,
                     correlate_pairs<T, rectifies, 1>);
    } else {
        in_blocks<T>(d, correlate_rows<T, rectifies, 4>, correlate_rows<T, rectifies, 2>,
                     correlate_rows<T, rectifies, 1>);
    }
}

template <class T>
void correlate(const DepthwiseRows<T>& d) {
    if (d.slope != T{1}) {
        correlate_any<T, true>(d);
    } else {
        correlate_any<T, false>(d);
    }
}

}  // namespace
}  // namespace convnet::cpu
