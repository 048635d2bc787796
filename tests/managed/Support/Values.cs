using System.Numerics;

namespace ConvNet.Tests;

/// <summary>Numbers for tests, the same on every machine.</summary>
internal static class Values
{
    /// <summary>Numbers in [-1, 1) that differ from each other.</summary>
    public static T[] Random<T>(long count, int seed = 1)
        where T : unmanaged, INumber<T>
    {
        // SplitMix64 (Steele, Lea and Flood, 2014): short, never changes, and neighbouring seeds have nothing in common.
        ulong state = (ulong)seed * 0x9E3779B97F4A7C15 * 0x632BE59BD9B4E019;
        var values = new T[count];
        for (long i = 0; i < count; i++)
        {
            ulong bits = state += 0x9E3779B97F4A7C15;
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
            bits ^= bits >> 31;
            values[i] = T.CreateChecked(((bits >> 40) / (double)(1 << 23)) - 1);
        }

        return values;
    }

    /// <summary>A blob of such numbers on the shared device.</summary>
    public static Blob<T> RandomBlob<T>(Shape shape, int seed = 1)
        where T : unmanaged, INumber<T>
    {
        var blob = new Blob<T>(shape);
        blob.CopyFrom(Random<T>(shape.Count, seed));
        return blob;
    }

    public static double[] ToDouble<T>(ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        var result = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            result[i] = double.CreateChecked(values[i]);
        }

        return result;
    }

    /// <summary>How far two results of a sum of some products may be apart.</summary>
    public static double Tolerance<T>() => typeof(T) == typeof(float) ? 2e-4 : 1e-11;
}
