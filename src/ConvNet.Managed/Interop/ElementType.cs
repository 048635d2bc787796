using System.Runtime.CompilerServices;

namespace ConvNet.Interop;

/// <summary>Which native element type a managed one is.</summary>
internal static class ElementType
{
    /// <summary>The number of <typeparamref name="T"/>; a constant for the compiler.</summary>
    /// <exception cref="NotSupportedException">It is neither float nor double.</exception>
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

        throw new NotSupportedException($"Elements are float or double; {typeof(T)} is not supported.");
    }

    /// <summary>An element as a double, which holds every float exactly.</summary>
    public static double ToDouble<T>(T value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);
}
