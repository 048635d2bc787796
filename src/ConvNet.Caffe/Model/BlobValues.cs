using System.Numerics;
using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Model;

/// <summary>Moves values between the blobs of a caffemodel and those of a net.</summary>
internal static class BlobValues
{
    /// <summary>What is wrong with a stored blob for a parameter of the given shape, or null.</summary>
    public static string? Mismatch(BlobProto stored, Shape wanted)
    {
        if (!Fits(stored, wanted))
        {
            return $"is {Describe(stored)} in the file, but {wanted} in the net";
        }
        var count = Math.Max(stored.Data.Count, stored.DoubleData.Count);
        return count == wanted.Count ? null : $"is {wanted} and needs {wanted.Count} values, but the file has {count}";
    }

    /// <summary>Copies the values of a stored blob that fits.</summary>
    public static void Load<T>(BlobProto stored, Span<T> values)
        where T : unmanaged, INumberBase<T>
    {
        var isDouble = stored.DoubleData.Count > 0;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = isDouble ? T.CreateTruncating(stored.DoubleData[i]) : T.CreateTruncating(stored.Data[i]);
        }
    }

    /// <summary>Stores values, doubles as doubles.</summary>
    public static BlobProto Save<T>(Shape shape, ReadOnlySpan<T> values)
        where T : unmanaged, INumberBase<T>
    {
        var stored = new BlobProto { Shape = new BlobShape() };
        stored.Shape.Dim.Add(shape);
        stored.Data.Capacity = typeof(T) == typeof(double) ? 0 : values.Length;
        stored.DoubleData.Capacity = typeof(T) == typeof(double) ? values.Length : 0;
        foreach (var value in values)
        {
            if (typeof(T) == typeof(double))
            {
                stored.DoubleData.Add(double.CreateTruncating(value));
            }
            else
            {
                stored.Data.Add(float.CreateTruncating(value));
            }
        }
        return stored;
    }

    /// <summary>
    /// Whether the shapes agree. Four old extents stand for a shape of up to four axes, aligned at its end, with ones
    /// in front: 1x1x1x16 for the 16 values of a bias.
    /// </summary>
    private static bool Fits(BlobProto stored, Shape wanted)
    {
        if (!IsLegacy(stored))
        {
            return stored.Shape is not null && stored.Shape.Dim.SequenceEqual(wanted);
        }
        return wanted.Rank <= 4
            && LegacyExtents(stored).SequenceEqual([.. Enumerable.Repeat(1L, 4 - wanted.Rank), .. wanted]);
    }

    private static bool IsLegacy(BlobProto stored) =>
        stored.HasNum || stored.HasChannels || stored.HasHeight || stored.HasWidth;

    private static long[] LegacyExtents(BlobProto stored) => [stored.Num, stored.Channels, stored.Height, stored.Width];

    /// <summary>The shape of a stored blob, for messages.</summary>
    public static string Describe(BlobProto stored)
    {
        var extents = IsLegacy(stored) ? LegacyExtents(stored) : stored.Shape?.Dim.ToArray();
        return extents is null ? "without a shape" : extents.Length == 0 ? "scalar" : string.Join('x', extents);
    }
}
