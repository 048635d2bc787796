// What the CPU needs of an instruction set. kernels.cpp is compiled once for each, and instruction_set.cpp chooses.
// Only plain declarations here: an inline function would be compiled for each instruction set too, and the linker could
// keep the newest copy for all.
#pragma once

#include <cstdint>

namespace convnet::cpu {

/// Where a tile of results goes: rows `stride` apart, added to what is there when `accumulate`, else to `bias`, one
/// value a row, or to `column_bias`, one value a column, unless they are null. Results that are not above 0 are
/// multiplied by `slope`.
template <class T>
struct TileTarget {
    T* data;
    std::int64_t stride;
    bool accumulate;
    const T* bias;
    T slope = T{1};
    const T* column_bias = nullptr;
};

/// C[rows, vectors * lanes] += A * B. A is packed as [k][a_stride], of which the first `rows` are read, B as
/// [k][b_stride], of which the first vectors * lanes are.
template <class T>
struct Tile {
    using Value = T;

    int rows, vectors;
    std::int64_t k;
    const T* a;
    std::int64_t a_stride;
    const T* b;
    std::int64_t b_stride;
    TileTarget<T> c;
    const T* ahead =
        nullptr;  ///< What is fetched meanwhile, for what comes next, unless null: ahead + k * ahead_stride.
    std::int64_t ahead_stride = 0;
};

/// The same with windows over a source as B: its row (channel, tap) begins at
/// source + channel * channel_stride + offsets[tap]. A is packed as [channels * taps][rows].
template <class T>
struct WindowTile {
    using Value = T;

    int rows, vectors;
    std::int64_t channels, taps;
    const T* a;
    const T* source;
    std::int64_t channel_stride;
    const std::int64_t* offsets;
    const T*
        ahead;  ///< What is fetched meanwhile: ahead + channel * ahead_stride + tap * ahead_step, for what comes next.
    std::int64_t ahead_stride, ahead_step;
    TileTarget<T> c;
};

/// Most rows of a tile of pairs, where others have so many: half as many again.
constexpr int rows_of_pairs(int rows) { return rows / 2 * 3; }

/// Rows of such a product two by two in turns: the results of column q of vector v of rows 2i and 2i + 1 go to elements
/// places[v] + 2q and places[v] + 2q + 1 of lines[i], of which only elements [begin, end) exist. Nothing is stored where
/// a line is null. Of two vectors or one there can be rows_of_pairs().
template <class T>
struct PairsTile {
    WindowTile<T> product;  ///< Its target has what is added, where it accumulates.
    std::int64_t
        staggered;  ///< Of each so many taps the first is for rows 2i only, the last for rows 2i + 1; 0: all for all.
    bool in_turns;  ///< Else results are stored in the target of the product, as without pairs.
    T* lines[6];
    std::int64_t places[3];
    std::int64_t begin, end;
    bool whole = false;  ///< All elements exist, and all lines.
};

/// The same with rows of A wherever they are: element k of row r is a[r][k / length * line_stride + k % length]. B is packed
/// as [lines * length][vectors * lanes].
template <class T>
struct LinesTile {
    using Value = T;

    int rows, vectors;
    std::int64_t lines, length, line_stride;
    const T* a[8];
    const T* b;
    TileTarget<T> c;
    const T* ahead = nullptr;  ///< What is fetched meanwhile, for what comes next, unless null: ahead + k * ahead_step.
    std::int64_t ahead_step = 0;
};

/// Rows of such a product, as many as a tile can have, in pieces of some columns that go apart: piece p of row r begins at
/// target[places[p] + offsets[r]].
template <class T>
struct PiecesTile {
    LinesTile<T> product;  ///< Its target has what is added, where it accumulates, and is not written.
    int piece;             ///< Columns: those of a vector or a half or a quarter of them, but not below Kernels::piece.
    T* target;
    const std::int64_t* places;
    std::int64_t offsets[8];
};

/// Sums of the quarters of a matrix of columns that Strassen's multiplication needs, in Winograd's form: B11, B21, T2, T3, T4,
/// T1 and B22, each [depth][2 vectors]. Row k of the upper half begins at source + k * channel_stride; its left side are 2
/// vectors, and so is its right one.
template <class T>
struct StrassenColumns {
    const T* source;
    std::int64_t channel_stride, depth;  ///< Rows of half the matrix.
    T* out;
};

/// Rows of both halves of a product times such columns, which go to their target as those of PairsTile do.
template <class T>
struct StrassenTile {
    int rows;            ///< Of each half.
    std::int64_t depth;  ///< Of each half.
    const T* a;          ///< A11, A12, S2, S3, -A22, S1 and S4, each [depth][rows].
    const T* b;
    const T* bias[2];           ///< Of the rows of each half, or null.
    T* lines[2][6];             ///< Of each half.
    std::int64_t places[2][2];  ///< Of the vectors of each side.
    T slope;
};

/// out[c] = the sum of factors[r * factor_stride] * rows[r * stride + c] over r, added to what is there when `accumulate`.
template <class T>
struct RowSum {
    const T* rows;
    std::int64_t stride, count, columns;
    const T* factors;
    std::int64_t factor_stride;
    T* out;
    bool accumulate;
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

inline constexpr int rows_split_at_once = 16;

/// Rows of a plane, with zeros around them, so that whoever reads them need not know where the plane ends. Element u of
/// a row goes to u / parts of its part u % parts, so that strided windows read adjacent elements too: element i of part p
/// of the row copied r-th goes to out[p * part_stride + r * row_stride + i].
template <class T>
struct PaddedRows {
    const T* plane;
    std::int64_t plane_rows, plane_columns;
    std::int64_t first_row, row_step, rows;  ///< Of the plane; those outside are zeros.
    std::int64_t lead;                       ///< Zeros before a row of the plane.
    std::int64_t parts, pitch;               ///< Elements of a part.
    std::int64_t part_stride, row_stride;
    T* unsplit;  ///< Room for rows_split_at_once + 1 rows of parts in whole vectors, and a vector, where there is more than one part.
    T* out;                  ///< Rows in turn; up to a vector behind each row of a part is overwritten too.
    std::int64_t ahead = 0;  ///< How far behind what is copied elements are fetched meanwhile, for what comes next.
};

/// Adjacent rows of up to a vector of planes, which belong to vectors of as many channels, in rows that are `pitch` apart.
template <class T>
struct PlaneRows {
    T* planes;
    std::int64_t plane_stride, channels;
    std::int64_t rows, columns, pitch;
};

/// Columns of the dense matrices whose transposition is fast, filters of 3x3 taps.
constexpr int dense_columns = 9;

template <class T>
struct Kernels {
    const char* name;
    int rows;     ///< Most rows of a tile.
    int vectors;  ///< Most vectors of a tile.
    int lanes;    ///< Elements of a vector.
    int piece;    ///< Fewest columns of a piece.
    void (*multiply)(const Tile<T>&);
    void (*multiply_windows)(const WindowTile<T>&);
    void (*multiply_pairs)(const PairsTile<T>&);
    void (*multiply_strassen)(const StrassenTile<T>&);
    void (*combine_columns)(const StrassenColumns<T>&);
    void (*multiply_lines)(const LinesTile<T>&);
    void (*multiply_pieces)(const PiecesTile<T>&);
    void (*sum_rows)(const RowSum<T>&);  ///< Of at least one row.
    void (*gather)(const Gather<T>&);
    void (*pad)(const PaddedRows<T>&);
    /// out[c][r] = in[r][c] for `rows` x `columns`; rows of `out` are `out_stride` apart. Whole vectors are fastest, of
    /// rows and of columns, and `dense_columns` without gaps.
    void (*transpose)(const T* in, std::int64_t in_stride, std::int64_t rows, std::int64_t columns, T* out,
                      std::int64_t out_stride);
    void (*planes_to_vectors)(const PlaneRows<const T>& planes, T* vectors);  ///< With zeros for missing channels.
    void (*vectors_to_planes)(const T* vectors, const PlaneRows<T>& planes);
    /// out[i * step + r] = in[r][i] for `count` elements of each row; up to a vector behind them is read.
    void (*interleave)(const T* in, std::int64_t in_stride, std::int64_t step, std::int64_t count, T* out);
};

}  // namespace convnet::cpu
