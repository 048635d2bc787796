#include "devices/cpu/gemm.hpp"

#include <algorithm>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "devices/cpu/per_thread.hpp"
#include "devices/cpu/tile.hpp"
#include "geometry/arithmetic.hpp"

// The method is that of Goto and van de Geijn (2008): a block of A and a panel of B are packed in the order in which
// register tiles read them, so that every load is the next one.

namespace convnet::cpu {
namespace {

constexpr std::int64_t block_depth = 256, block_rows = 64, most_columns = 1024;
constexpr int most_tile_rows = 8, widest_panel = 48;

/// What one thread packs into.
template <class T>
struct Packed {
    alignas(64) T a[block_depth * block_rows];
    alignas(64) T b[block_depth * widest_panel];
    alignas(64) T c[most_tile_rows * widest_panel];
};

/// Whether C is one row and B is read along its rows: waiting for B is all there is to it, so it passes by in long lines.
bool is_single_row(const GemmArguments& g) { return g.m == 1 && !g.transpose_b && g.k > 0; }

/// Columns of a packed B, in whole vectors.
template <class T>
std::int64_t packed_columns(const GemmArguments& g) {
    const std::int64_t lanes = cpu::kernels<T>().lanes;
    return ceil_divide(g.n, lanes) * lanes;
}

/// How C is cut into blocks. It depends on the problem alone, so that results do not depend on the number of threads:
/// large blocks for little repeated packing, smaller ones where there would be too few to share.
struct Blocks {
    std::int64_t rows, columns, down, across;

    Blocks(const GemmArguments& g, std::int64_t panel) {
        const std::int64_t products = g.sum_images ? g.groups : g.groups * g.images;
        rows = std::min(g.m, block_rows);
        if (is_single_row(g)) {
            constexpr std::int64_t wanted = 8, line = 16;
            down = 1;
            columns = ceil_divide(ceil_divide(g.n, ceil_divide(wanted, products)), line) * line;
            across = ceil_divide(g.n, columns);
            return;
        }
        const std::int64_t wanted = ceil_divide(32, products);
        down = ceil_divide(g.m, rows);
        const std::int64_t parts = ceil_divide(wanted, down);
        columns = std::clamp(ceil_divide(ceil_divide(g.n, parts), panel) * panel, panel, most_columns / panel * panel);
        across = ceil_divide(g.n, columns);
    }

    std::int64_t count() const { return down * across; }
};

template <class T>
struct Matrix {
    const T* data;
    std::int64_t stride;
    bool transposed;  ///< Whether the index that is packed side by side is the row's.

    /// Packs depths [k, k + depth) of `width` rows or columns from `first` on as [depth][width].
    void pack(const Kernels<T>& kernels, std::int64_t k, std::int64_t depth, std::int64_t first, std::int64_t width,
              T* out, std::int64_t out_stride) const {
        if (transposed) {
            kernels.transpose(data + first * stride + k, stride, width, depth, out, out_stride);
            return;
        }
        const T* in = data + k * stride + first;
        for (std::int64_t i = 0; i < depth; ++i, in += stride, out += out_stride) {
            std::copy_n(in, width, out);
        }
    }
};

/// A group's B as pack_b() lays it out: for each block of depths each panel of columns as [depth][column].
template <class T>
struct PackedMatrix {
    const T* data;  ///< Or null where it is not packed.
    std::int64_t columns;

    /// Where the panel begins that begins with `column`.
    const T* panel(std::int64_t k, std::int64_t depth, std::int64_t column) const {
        return data + k * columns + depth * column;
    }
};

template <class T>
struct Block {
    Matrix<T> a, b;
    PackedMatrix<T> packed_b;
    T* c;
    std::int64_t c_stride;
    std::int64_t row, rows, column, columns, depth;
    bool accumulate;
};

/// One tile of rows: B is read once, so it is not packed, and a few of its rows at a time are read side by side from
/// their beginning to their end. Only whole vectors; returns how many columns those are.
template <class T>
std::int64_t multiply_few_rows(const Kernels<T>& kernels, const Block<T>& block) {
    constexpr std::int64_t rows_at_once = 8;
    auto& packed = per_thread<Packed<T>>();
    const std::int64_t panel = kernels.vectors * kernels.lanes;
    const std::int64_t whole = block.columns / kernels.lanes * kernels.lanes;
    for (std::int64_t k = 0; k < block.depth; k += rows_at_once) {
        const std::int64_t depth = std::min(rows_at_once, block.depth - k);
        block.a.pack(kernels, k, depth, block.row, block.rows, packed.a, block.rows);
        for (std::int64_t column = 0; column < whole; column += panel) {
            Tile<T> tile{};
            tile.rows = static_cast<int>(block.rows);
            tile.vectors = static_cast<int>(std::min(panel, whole - column) / kernels.lanes);
            tile.k = depth;
            tile.a = packed.a;
            tile.a_stride = block.rows;
            tile.b = block.b.data + k * block.b.stride + block.column + column;
            tile.b_stride = block.b.stride;
            tile.c.data = block.c + block.row * block.c_stride + block.column + column;
            tile.c.stride = block.c_stride;
            tile.c.accumulate = block.accumulate || k > 0;
            kernels.multiply(tile);
        }
    }
    return whole;
}

template <class T>
void multiply_row(const Kernels<T>& kernels, const Block<T>& block) {
    const std::int64_t factor_stride = block.a.transposed ? 1 : block.a.stride;
    kernels.sum_rows({block.b.data + block.column, block.b.stride, block.depth, block.columns, block.a.data,
                      factor_stride, block.c + block.column, block.accumulate});
}

template <class T>
void multiply_block(const Kernels<T>& kernels, const Block<T>& block) {
    // Too large for a stack, and too often needed to allocate each time.
    auto& packed = per_thread<Packed<T>>();
    const std::int64_t panel = kernels.vectors * kernels.lanes;
    const bool is_packed = block.packed_b.data != nullptr;
    const bool few_rows = block.rows <= kernels.rows && !block.b.transposed && block.depth > 0 && !is_packed;
    const std::int64_t done = few_rows ? multiply_few_rows(kernels, block) : 0;
    std::int64_t k = 0;
    do {  // once for depth 0 too, which makes C zero
        const std::int64_t depth = std::min(block_depth, block.depth - k);
        for (std::int64_t row = 0; row < block.rows; row += kernels.rows) {
            const std::int64_t rows = std::min<std::int64_t>(kernels.rows, block.rows - row);
            block.a.pack(kernels, k, depth, block.row + row, rows, packed.a + row * depth, rows);
        }
        for (std::int64_t column = done; column < block.columns; column += panel) {
            const std::int64_t columns = std::min(panel, block.columns - column);
            const std::int64_t vectors = ceil_divide(columns, kernels.lanes);
            const T* b = packed.b;
            if (is_packed) {
                b = block.packed_b.panel(k, depth, block.column + column);
            } else {
                block.b.pack(kernels, k, depth, block.column + column, columns, packed.b, vectors * kernels.lanes);
            }
            for (std::int64_t row = 0; row < block.rows; row += kernels.rows) {
                Tile<T> tile{};
                tile.rows = static_cast<int>(std::min<std::int64_t>(kernels.rows, block.rows - row));
                tile.vectors = static_cast<int>(vectors);
                tile.k = depth;
                tile.a = packed.a + row * depth;
                tile.a_stride = tile.rows;
                tile.b = b;
                tile.b_stride = vectors * kernels.lanes;
                tile.c.data = block.c + (block.row + row) * block.c_stride + block.column + column;
                tile.c.stride = block.c_stride;
                tile.c.accumulate = block.accumulate || k > 0;
                multiply_tile(kernels, tile, columns, packed.c);
            }
        }
        k += depth;
    } while (k < block.depth);
}

template <class T>
void run(ThreadPool& pool, const GemmArguments& g) {
    const Kernels<T>& kernels = cpu::kernels<T>();
    const Blocks blocks(g, kernels.vectors * kernels.lanes);
    const std::int64_t summed = g.sum_images ? g.images : 1;
    const std::int64_t separate = g.sum_images ? 1 : g.images;
    const std::int64_t packed = packed_columns<T>(g);
    const auto packed_b = [&](std::int64_t group) {
        const T* const first = static_cast<const T*>(g.packed_b);
        return PackedMatrix<T>{first == nullptr ? nullptr : first + group * g.k * packed, packed};
    };
    const auto task = [&](std::int64_t index) {
        const std::int64_t part = index % blocks.count(), product = index / blocks.count();
        const std::int64_t group = product / separate;
        const std::int64_t row = part / blocks.across * blocks.rows, column = part % blocks.across * blocks.columns;
        for (std::int64_t i = 0; i < summed; ++i) {
            const std::int64_t image = g.sum_images ? i : product % separate;
            const auto at = [&](const auto& matrices) {
                return image * matrices.image_stride + group * matrices.group_stride;
            };
            const Block<T> block{{static_cast<const T*>(g.a.data) + at(g.a), g.a.row_stride, !g.transpose_a},
                                 {static_cast<const T*>(g.b.data) + at(g.b), g.b.row_stride, g.transpose_b},
                                 packed_b(group),
                                 static_cast<T*>(g.c.data) + (g.sum_images ? group * g.c.group_stride : at(g.c)),
                                 g.c.row_stride,
                                 row,
                                 std::min(blocks.rows, g.m - row),
                                 column,
                                 std::min(blocks.columns, g.n - column),
                                 g.k,
                                 g.accumulate || i > 0};
            if (is_single_row(g)) {
                multiply_row(kernels, block);
            } else {
                multiply_block(kernels, block);
            }
        }
    };
    const std::int64_t tasks = g.groups * separate * blocks.count();
    // Products this small are done before another thread wakes.
    constexpr std::int64_t small = 1 << 16;
    pool.run(tasks, task, g.m * g.n * g.k * g.images * g.groups <= small ? 1 : ThreadPool::all_threads);
}

// A block of depths of a panel is a task.
template <class T>
void pack(ThreadPool& pool, const GemmArguments& g, T* out) {
    const Kernels<T>& kernels = cpu::kernels<T>();
    const std::int64_t panel = kernels.vectors * kernels.lanes, all = packed_columns<T>(g);
    const std::int64_t panels = ceil_divide(g.n, panel), depths = ceil_divide(g.k, block_depth);
    pool.run(g.groups * depths * panels, [&](std::int64_t task) {
        const std::int64_t column = task % panels * panel, k = task / panels % depths * block_depth;
        const std::int64_t group = task / panels / depths, depth = std::min(block_depth, g.k - k);
        const std::int64_t columns = std::min(panel, g.n - column), width = std::min(panel, all - column);
        const Matrix<T> b{static_cast<const T*>(g.b.data) + group * g.b.group_stride, g.b.row_stride, g.transpose_b};
        T* const to = out + (group * g.k + k) * all + depth * column;
        std::fill_n(to, columns == width ? 0 : depth * width, T{0});
        b.pack(kernels, k, depth, column, columns, to, width);
    });
}

}  // namespace

std::int64_t packed_b_bytes(const GemmArguments& g) {
    return with_type(g.type, [&](auto zero) -> std::int64_t {
        using T = decltype(zero);
        const bool reads_plain = is_single_row(g) || g.images > 1;
        return reads_plain ? 0 : g.groups * g.k * packed_columns<T>(g) * static_cast<std::int64_t>(sizeof(T));
    });
}

void pack_b(ThreadPool& pool, const GemmArguments& g, void* packed) {
    with_type(g.type, [&](auto zero) { pack(pool, g, static_cast<decltype(zero)*>(packed)); });
}

void gemm(ThreadPool& pool, const GemmArguments& arguments) {
    with_type(arguments.type, [&](auto zero) { run<decltype(zero)>(pool, arguments); });
}

}  // namespace convnet::cpu
