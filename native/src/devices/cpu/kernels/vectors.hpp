// Vectors of the instruction set that a file is compiled for, by CONVNET_VECTOR_BYTES. For the files of kernels only:
// the names are private to each of them, so that the linker never takes the code of one instruction set for another's.
#pragma once

#include <cstdint>

#define CONVNET_UNROLL _Pragma("GCC unroll 16")
#define CONVNET_INLINE [[gnu::always_inline]] inline
#define CONVNET_TEXT(name) #name
#define CONVNET_NAME(name) CONVNET_TEXT(name)

namespace convnet::cpu {
namespace {

template <class T>
struct Index;
template <>
struct Index<float> {
    using type = std::int32_t;
};
template <>
struct Index<double> {
    using type = std::int64_t;
};

template <class T>
struct Vector {
    static constexpr int lanes = CONVNET_VECTOR_BYTES / static_cast<int>(sizeof(T));
    using type [[gnu::vector_size(CONVNET_VECTOR_BYTES)]] = T;
    using unaligned [[gnu::vector_size(CONVNET_VECTOR_BYTES), gnu::aligned(sizeof(T)), gnu::may_alias]] = T;
    using index [[gnu::vector_size(CONVNET_VECTOR_BYTES)]] = typename Index<T>::type;
};

template <class T>
CONVNET_INLINE typename Vector<T>::type load(const T* p) {
    return *reinterpret_cast<const typename Vector<T>::unaligned*>(p);
}

template <class T>
CONVNET_INLINE void store(T* p, typename Vector<T>::type v) {
    *reinterpret_cast<typename Vector<T>::unaligned*>(p) = v;
}

/// Stores past the caches, where that is `streamed` and `p` is a multiple of a vector: without reading a line before, and
/// without keeping it. Other threads see it after end_stream().
template <class T>
CONVNET_INLINE void store(T* p, typename Vector<T>::type v, [[maybe_unused]] bool streamed) {
#if defined(__x86_64__)
    if (streamed && reinterpret_cast<std::uintptr_t>(p) % CONVNET_VECTOR_BYTES == 0) {
        const auto bits = (typename Vector<float>::type)v;
#if CONVNET_VECTOR_BYTES == 64
        __builtin_ia32_movntps512(reinterpret_cast<float*>(p), bits);
#elif CONVNET_VECTOR_BYTES == 32
        __builtin_ia32_movntps256(reinterpret_cast<float*>(p), bits);
#else
        __builtin_ia32_movntps(reinterpret_cast<float*>(p), bits);
#endif
        return;
    }
#endif
    store(p, v);
}

CONVNET_INLINE void end_stream() {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#endif
}

template <class T>
CONVNET_INLINE typename Vector<T>::type broadcast(T value) {
    return value - typename Vector<T>::type{};  // unlike + 0, - 0 changes no number, and is left out
}

/// What is above 0, and slope times the rest; the same numbers as those of geometry/rectifier.hpp.
template <class T>
CONVNET_INLINE typename Vector<T>::type rectified(typename Vector<T>::type v, typename Vector<T>::type slope) {
    constexpr typename Vector<T>::type zero{};
    return v > zero ? v : v * slope + zero;
}

/// A sum as it is stored.
template <bool rectifies, class T>
CONVNET_INLINE typename Vector<T>::type finished(typename Vector<T>::type sum, T slope) {
    if constexpr (rectifies) {
        return rectified<T>(sum, broadcast(slope));
    } else {
        return sum;
    }
}

/// {first, first + step, first + 2 * step, ...}
template <class T>
CONVNET_INLINE typename Vector<T>::index lanes_from(int first, int step) {
    typename Vector<T>::index index{};
    CONVNET_UNROLL
    for (int i = 0; i < Vector<T>::lanes; ++i) {
        index[i] = first + i * step;
    }
    return index;
}

/// Every other element of two vectors, from element `first` on.
template <class T>
CONVNET_INLINE typename Vector<T>::type every_other(typename Vector<T>::type low, typename Vector<T>::type high,
                                                    int first) {
    return __builtin_shuffle(low, high, lanes_from<T>(first, 2));
}

/// Elements of two vectors in turns: {even[first], odd[first], even[first + 1], ...}.
template <class T>
CONVNET_INLINE typename Vector<T>::type in_turns(typename Vector<T>::type even, typename Vector<T>::type odd,
                                                 int first) {
    typename Vector<T>::index index{};
    CONVNET_UNROLL
    for (int i = 0; i < Vector<T>::lanes; ++i) {
        index[i] = first + i / 2 + (i % 2) * Vector<T>::lanes;
    }
    return __builtin_shuffle(even, odd, index);
}

template <int bytes, class T>
CONVNET_INLINE void copy_ends(const T* in, std::int64_t count, T* out) {
    constexpr std::int64_t piece = bytes / static_cast<std::int64_t>(sizeof(T));
    __builtin_memcpy(out, in, bytes);
    __builtin_memcpy(out + count - piece, in + count - piece, bytes);
}

/// Copies fewer elements than a vector has, as two pieces that may overlap; none when `count` is below 1.
template <class T>
CONVNET_INLINE void copy_some(const T* in, std::int64_t count, T* out) {
    const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
    if (CONVNET_VECTOR_BYTES > 32 && bytes >= 32) {
        copy_ends<32>(in, count, out);
    } else if (CONVNET_VECTOR_BYTES > 16 && bytes >= 16) {
        copy_ends<16>(in, count, out);
    } else if (bytes >= 8) {
        copy_ends<8>(in, count, out);
    } else if (bytes > 0) {
        *out = *in;
    }
}

/// The first `count` elements of a vector, and zeros: all of them when it has no more.
template <class T>
CONVNET_INLINE typename Vector<T>::type load_some(const T* p, std::int64_t count) {
    if (count >= Vector<T>::lanes) {
        return load(p);
    }
    alignas(CONVNET_VECTOR_BYTES) T elements[Vector<T>::lanes] = {};
    copy_some(p, count, elements);
    return load(elements);
}

/// The first `count` elements of a vector: all of them when it has no more, none when `count` is below 1.
template <class T>
CONVNET_INLINE void store_some(T* p, typename Vector<T>::type v, std::int64_t count, bool streamed = false) {
    if (count >= Vector<T>::lanes) {
        store(p, v, streamed);
    } else {
        alignas(CONVNET_VECTOR_BYTES) T elements[Vector<T>::lanes];
        store(elements, v);
        copy_some(elements, count, p);
    }
}

}  // namespace
}  // namespace convnet::cpu
