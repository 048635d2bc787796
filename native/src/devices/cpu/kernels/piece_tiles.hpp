// Products whose results go apart in pieces. As private as vectors.hpp.
#pragma once

#include "devices/cpu/kernels/register_tiles.hpp"

namespace convnet::cpu {
namespace {

template <class T>
constexpr int least_piece = 16 / static_cast<int>(sizeof(T));

template <int... lane>
struct Lanes {};

/// One of `pieces` equal parts of a vector.
template <class T, int pieces>
struct Piece {
    static constexpr int lanes = Vector<T>::lanes / pieces;
    using type [[gnu::vector_size(CONVNET_VECTOR_BYTES / pieces), gnu::aligned(sizeof(T)), gnu::may_alias]] = T;
    using all_lanes = Lanes<__integer_pack(lanes)...>;
};

template <class T, int pieces, int piece, int... lane>
CONVNET_INLINE typename Piece<T, pieces>::type piece_of(typename Vector<T>::type v, Lanes<lane...>) {
    return __builtin_shufflevector(v, v, (piece * Piece<T, pieces>::lanes + lane)...);
}

/// Pieces [piece, pieces) of vector v of all rows.
template <class T, int pieces, int piece, int vectors>
CONVNET_INLINE void store_from(const PiecesTile<T>& tile, int v, const Sums<T, most_rows, vectors>& sums) {
    if constexpr (piece < pieces) {
        using P = Piece<T, pieces>;
        T* const data = tile.target + tile.places[v * pieces + piece];
        CONVNET_UNROLL
        for (int r = 0; r < most_rows; ++r) {
            const auto part = piece_of<T, pieces, piece>(sums[r][v], typename P::all_lanes{});
            *reinterpret_cast<typename P::type*>(data + tile.offsets[r]) = part;
        }
        store_from<T, pieces, piece + 1, vectors>(tile, v, sums);
    }
}

template <class T, int pieces, int vectors>
CONVNET_INLINE void store_pieces(const PiecesTile<T>& tile, const Sums<T, most_rows, vectors>& sums) {
    if constexpr (Vector<T>::lanes / pieces >= least_piece<T>) {
        CONVNET_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store_from<T, pieces, 0, vectors>(tile, v, sums);
        }
    }
}

template <class T, int vectors>
void multiply_pieces_width(const PiecesTile<T>& tile) {
    constexpr int lanes = Vector<T>::lanes;
    Sums<T, most_rows, vectors> sums;
    CONVNET_UNROLL
    for (int v = 0; v < vectors; ++v) {
        CONVNET_UNROLL
        for (int r = 0; r < most_rows; ++r) {
            __builtin_prefetch(tile.target + tile.places[v * (lanes / tile.piece)] + tile.offsets[r], 1);
        }
    }
    begin_columns<T, most_rows, vectors>(tile.product.c, sums);
    sum_products<most_rows, vectors>(tile.product, sums);
    add_and_rectify<T, most_rows, vectors>(tile.product.c, sums);
    if (tile.piece == lanes) {
        store_pieces<T, 1, vectors>(tile, sums);
    } else if (2 * tile.piece == lanes) {
        store_pieces<T, 2, vectors>(tile, sums);
    } else {
        store_pieces<T, 4, vectors>(tile, sums);
    }
}

template <class T>
void multiply_pieces(const PiecesTile<T>& tile) {
    static constexpr void (*by_vectors[most_vectors])(const PiecesTile<T>&) = {
        multiply_pieces_width<T, 1>, multiply_pieces_width<T, 2>, multiply_pieces_width<T, 3>};
    by_vectors[tile.product.vectors - 1](tile);
}

}  // namespace
}  // namespace convnet::cpu
