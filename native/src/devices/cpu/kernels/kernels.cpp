// The kernels of one instruction set. Compiled several times, with CONVNET_ISA naming it, CONVNET_VECTOR_BYTES the size
// of its vectors and CONVNET_TILE_ROWS how many rows its registers hold. Everything but the two tables is private to
// the file, and nothing is included that has inline functions.
#include "devices/cpu/kernels/kernels.hpp"

#include "devices/cpu/kernels/interleaving.hpp"
#include "devices/cpu/kernels/padding.hpp"
#include "devices/cpu/kernels/pair_tiles.hpp"
#include "devices/cpu/kernels/piece_tiles.hpp"
#include "devices/cpu/kernels/register_tiles.hpp"
#include "devices/cpu/kernels/row_sums.hpp"
#include "devices/cpu/kernels/strassen_tiles.hpp"
#include "devices/cpu/kernels/transposing.hpp"
#include "devices/cpu/kernels/vectors.hpp"

namespace convnet::cpu {
namespace {

template <class T>
CONVNET_INLINE void copy(const T* in, const T* in_end, std::int64_t count, T* out) {
    constexpr std::int64_t lanes = Vector<T>::lanes;
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        store(out + i, load(in + i));
    }
    if (i < count) {
        if (in_end - (in + i) >= lanes) {
            store(out + i, load(in + i));
        } else {
            for (; i < count; ++i) {
                out[i] = in[i];
            }
        }
    }
}

template <class T>
CONVNET_INLINE void copy_every_other(const T* in, const T* in_end, std::int64_t count, T* out) {
    constexpr std::int64_t lanes = Vector<T>::lanes;
    std::int64_t i = 0;
    for (; i < count && in_end - (in + 2 * i) >= 2 * lanes; i += lanes) {
        store(out + i, every_other<T>(load(in + 2 * i), load(in + 2 * i + lanes), 0));
    }
    for (; i < count; ++i) {
        out[i] = in[2 * i];
    }
}

template <class T, int step>
CONVNET_INLINE void gather_row(const Gather<T>& g, const Run* run, const Run* end, const T* channel, T* row) {
    for (; run != end; ++run) {
        T* out = row + run->target;
        if (run->before > 0) {
            fill_zero(out, out + run->before);
            out += run->before;
        }
        if (run->length > 0) {
            const T* in = channel + run->source;
            // The same of the next channel, which is far from here.
            for (std::int64_t i = 0; i < run->length * g.step; i += Vector<T>::lanes) {
                __builtin_prefetch(in + g.channel_stride + i);
            }
            if constexpr (step == 1) {
                copy(in, g.x_end, run->length, out);
            } else if constexpr (step == 2) {
                copy_every_other(in, g.x_end, run->length, out);
            } else {
                for (std::int64_t i = 0; i < run->length; ++i) {
                    out[i] = in[i * g.step];
                }
            }
        }
        if (run->after > 0) {
            fill_zero(out + run->length, out + run->length + run->after);
        }
    }
}

template <class T, int step>
void gather_rows(const Gather<T>& g) {
    T* row = g.panel;
    const T* channel = g.x;
    for (std::int64_t c = 0; c < g.channels; ++c, channel += g.channel_stride) {
        for (std::int64_t tap = 0; tap < g.taps; ++tap, row += g.row_stride) {
            gather_row<T, step>(g, g.runs + g.first_run[tap], g.runs + g.first_run[tap + 1], channel, row);
        }
    }
}

template <class T>
void gather(const Gather<T>& g) {
    switch (g.step) {
        case 1:
            return gather_rows<T, 1>(g);
        case 2:
            return gather_rows<T, 2>(g);
        default:
            return gather_rows<T, 0>(g);
    }
}

template <class T>
constexpr Kernels<T> make(const char* name) {
    return {name,
            most_rows,
            most_vectors,
            Vector<T>::lanes,
            least_piece<T>,
            multiply<Tile<T>>,
            multiply<WindowTile<T>>,
            multiply_pairs<T>,
            multiply_strassen<T>,
            combine_columns<T>,
            multiply<LinesTile<T>>,
            multiply_pieces<T>,
            sum_rows<T>,
            gather<T>,
            pad<T>,
            transpose<T>,
            planes_to_vectors<T>,
            vectors_to_planes<T>,
            interleave<T>};
}

}  // namespace

namespace CONVNET_ISA {
extern const Kernels<float> float_kernels;
extern const Kernels<double> double_kernels;
constinit const Kernels<float> float_kernels = make<float>(CONVNET_NAME(CONVNET_ISA));
constinit const Kernels<double> double_kernels = make<double>(CONVNET_NAME(CONVNET_ISA));
}  // namespace CONVNET_ISA

}  // namespace convnet::cpu
