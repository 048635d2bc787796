// What the CPU needs of an instruction set. kernels.cpp is compiled once for each, and instruction_set.cpp chooses.
// Only plain declarations here: an inline function would be compiled for each instruction set too, and the linker could
// keep the newest copy for all.
#pragma once

#include <cstdint>

namespace convnet::cpu {

/// C[rows, vectors * lanes] = A * B, or += when `accumulate`. A is packed as [k][a_stride], of which the first `rows`
/// are read, B as [k][b_stride], of which the first vectors * lanes are.
template <class T>
struct Tile {
    int rows, vectors;
    std::int64_t k;
    const T* a;
    std::int64_t a_stride;
    const T* b;
    std::int64_t b_stride;
    T* c;
    std::int64_t c_stride;
    bool accumulate;
    const T* bias;  ///< One value a row to begin with, or null; not read when `accumulate`.
    T slope;        ///< What a negative result is multiplied by as it is stored; 1 leaves it.
};

/// Positions that are adjacent in a panel and `step` apart in a channel of x: `before` zeros, `length` elements from
/// `source` on, `after` zeros.
struct Run {
    std::int64_t source;
    std::int32_t target, before, length, after;
};

/// Columns of `channels` channels, `taps` rows each; runs [first_run[t], first_run[t + 1]) make the row of tap t.
template <class T>
struct Gather {
    const T* x;
    const T* x_end;  ///< Nothing from here on is read.
    std::int64_t channel_stride;
    std::int64_t channels, taps;
    const Run* runs;
    const std::int32_t* first_run;
    std::int64_t step;
    T* panel;  ///< One vector of slack behind it is written too.
    std::int64_t row_stride;
};

template <class T>
struct Kernels {
    const char* name;
    int rows;     ///< Most rows of a tile.
    int vectors;  ///< Most vectors of a tile.
    int lanes;    ///< Elements of a vector.
    void (*multiply)(const Tile<T>&);
    void (*gather)(const Gather<T>&);
    /// out[c][r] = in[r][c] for `rows` x `columns`; rows of `out` are `out_stride` apart.
    void (*transpose)(const T* in, std::int64_t in_stride, std::int64_t rows, std::int64_t columns, T* out,
                      std::int64_t out_stride);
};

}  // namespace convnet::cpu
