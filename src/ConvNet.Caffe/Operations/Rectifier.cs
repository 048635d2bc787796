using System.Numerics;
using System.Runtime.InteropServices;

namespace ConvNet.Caffe.Operations;

/// <summary>The leaky rectifier, which ReLU and PReLU share: x where x is above 0, and slope * x elsewhere.</summary>
internal static class Rectifier
{
    /// <summary>output = value where condition is above 0, slope * value elsewhere.</summary>
    /// <remarks>
    /// With the input as both it is the forward pass. With the gradient of the top as the value it is the backward
    /// pass. A NaN is not above 0 and stays a NaN.
    /// </remarks>
    public static void Run<T>(ReadOnlySpan<T> condition, ReadOnlySpan<T> value, Span<T> output, T slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var vectors = output.Length - (output.Length % Vector<T>.Count);
        var c = MemoryMarshal.Cast<T, Vector<T>>(condition[..vectors]);
        var v = MemoryMarshal.Cast<T, Vector<T>>(value[..vectors]);
        var y = MemoryMarshal.Cast<T, Vector<T>>(output[..vectors]);
        var slopes = new Vector<T>(slope);
        for (var i = 0; i < y.Length; i++)
        {
            y[i] = Vector.ConditionalSelect(Vector.GreaterThan(c[i], Vector<T>.Zero), v[i], v[i] * slopes);
        }
        for (var i = vectors; i < output.Length; i++)
        {
            output[i] = condition[i] > T.Zero ? value[i] : value[i] * slope;
        }
    }
}
