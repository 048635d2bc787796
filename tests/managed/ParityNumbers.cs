using System.Numerics;
using System.Runtime.InteropServices;

namespace ConvNet.Tests;

/// <summary>The numbers and the digest of tests/parity/README.md.</summary>
internal sealed class ParityNumbers(ulong seed)
{
    private static readonly int[] Integers = [0, 0, 0, 1, -1, 2, -2, 3];

    private ulong _state = seed;

    public T[] Draw<T>(long count, bool integers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var values = new T[count];
        for (long i = 0; i < count; i++)
        {
            values[i] = integers ? T.CreateChecked(Integers[Next() >> 61]) : Uniform<T>();
        }

        return values;
    }

    // As many random bits as the type takes without rounding.
    private T Uniform<T>()
        where T : unmanaged, IFloatingPointIeee754<T>
        => typeof(T) == typeof(float)
            ? T.CreateChecked(((Next() >> 40) * (1.0 / (1 << 23))) - 1)
            : T.CreateChecked(((Next() >> 11) * (1.0 / (1L << 52))) - 1);

    // SplitMix64.
    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>FNV-1a with 64 bits.</summary>
internal sealed class Fnv1A
{
    public ulong Value { get; private set; } = 0xCBF29CE484222325;

    public static ulong OfFile(string path)
    {
        var hash = new Fnv1A();
        hash.Add<byte>(File.ReadAllBytes(path));
        return hash.Value;
    }

    public void Add<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ulong hash = Value;
        foreach (byte b in MemoryMarshal.AsBytes(values))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        Value = hash;
    }
}
