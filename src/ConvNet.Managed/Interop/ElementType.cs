using System.Runtime.CompilerServices;

namespace ConvNet.Interop;

/// <summary>Which native element type a managed one is.</summary>
internal static class ElementType
{
    /// <summary>The number of <typeparamref name="T"/>; a constant for the compiler.</summary>
    /// <exception cref="NotSupportedException">It is none of them.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return (int)cn_dtype.CN_FLOAT32;
        }

        if (typeof(T) == typeof(double))
        {
            return (int)cn_dtype.CN_FLOAT64;
        }

        if (typeof(T) == typeof(Half))
        {
            return (int)cn_dtype.CN_FLOAT16;
        }

        if (typeof(T) == typeof(BFloat16))
        {
            return (int)cn_dtype.CN_BFLOAT16;
        }

        throw new NotSupportedException($"Elements are float, double, Half or BFloat16; {typeof(T)} is not supported.");
    }

    /// <summary>An element as a double, which holds each of them exactly.</summary>
    public static double ToDouble<T>(T value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value)
        : typeof(T) == typeof(Half) ? (double)Unsafe.BitCast<T, Half>(value)
        : typeof(T) == typeof(BFloat16) ? (float)Unsafe.BitCast<T, BFloat16>(value)
        : Unsafe.BitCast<T, double>(value);
}
