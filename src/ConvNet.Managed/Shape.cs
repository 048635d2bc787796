using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// The extents of a blob, outermost axis first: <c>Shape shape = [2, 3, 6, 4];</c>. Immutable and compared by value.
/// A shape of rank 0 has one element.
/// </summary>
/// <remarks>As a list it has <see cref="Rank"/> items; <see cref="Count"/> is the number of elements.</remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
[SuppressMessage("Naming", "CA1710", Justification = "A shape is a list of extents, and its name in the field is shape.")]
public sealed class Shape : IReadOnlyList<long>, IEquatable<Shape>
{
    private readonly long[] _extents;

    /// <summary>Makes a shape.</summary>
    /// <param name="extents">At most 32 extents, each 1 or more.</param>
    /// <exception cref="ArgumentException">There are too many extents, one is less than 1, or the number of elements or
    /// of bytes does not fit into 64 bits.</exception>
    public Shape(params ReadOnlySpan<long> extents)
        : this(extents, nameof(extents))
    {
    }

    private Shape(ReadOnlySpan<long> extents, string argument)
    {
        Check(extents, argument);
        _extents = extents.ToArray();
        Count = CountElements(extents, argument);
    }

    /// <summary>The shape of rank 0, which has one element.</summary>
    public static Shape Scalar { get; } = new();

    /// <summary>The number of axes.</summary>
    public int Rank => _extents.Length;

    /// <summary>The number of elements: the product of the extents, 1 for rank 0.</summary>
    public long Count { get; }

    /// <summary>The number of axes: what counts when a shape is seen as a list.</summary>
    int IReadOnlyCollection<long>.Count => Rank;

    /// <summary>The extents, for <c>fixed</c>.</summary>
    internal long[] Extents => _extents;

    /// <summary>The extent of an axis.</summary>
    /// <param name="axis">From 0 to <see cref="Rank"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public long this[int axis]
    {
        get
        {
            if ((uint)axis >= (uint)_extents.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(axis), axis,
                    string.Create(CultureInfo.InvariantCulture, $"Shape {this} has {Rank} axes."));
            }

            return _extents[axis];
        }
    }

    /// <summary>The extent of an axis, counted from either end: <c>shape[^1]</c> is the innermost.</summary>
    /// <param name="axis">An axis.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public long this[Index axis] => this[axis.GetOffset(Rank)];

    /// <summary>Makes a shape from a collection expression.</summary>
    /// <param name="extents">At most 32 extents, each 1 or more.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="ArgumentException">As the constructor.</exception>
    public static Shape Create(ReadOnlySpan<long> extents) => new(extents);

    /// <summary>Makes a shape of an array of extents, which is copied.</summary>
    /// <param name="extents">At most 32 extents, each 1 or more.</param>
    /// <exception cref="ArgumentException">As the constructor.</exception>
    [SuppressMessage("Usage", "CA2225", Justification = "Create and the constructor are the named forms.")]
    public static implicit operator Shape(long[] extents)
    {
        ArgumentNullException.ThrowIfNull(extents);
        return new Shape(extents);
    }

    /// <summary>Whether two shapes have the same extents.</summary>
    /// <param name="left">A shape.</param>
    /// <param name="right">Another.</param>
    public static bool operator ==(Shape? left, Shape? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    /// <param name="left">A shape.</param>
    /// <param name="right">Another.</param>
    public static bool operator !=(Shape? left, Shape? right) => !(left == right);

    /// <summary>The extents.</summary>
    /// <returns>A view of <see cref="Rank"/> values.</returns>
    public ReadOnlySpan<long> AsSpan() => _extents;

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] Shape? other) =>
        ReferenceEquals(this, other) || (other is not null && other._extents.AsSpan().SequenceEqual(_extents));

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (long extent in _extents)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    /// <summary>The extents joined by x, for example "2x3x6x4"; "scalar" for rank 0.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Format(_extents);

    /// <inheritdoc/>
    public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)_extents).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _extents.GetEnumerator();

    /// <summary>Shape and number of elements as Caffe writes them, for messages: "2x3x6x4 (144)".</summary>
    internal string Describe() => string.Create(CultureInfo.InvariantCulture, $"{this} ({Count})");

    /// <summary>The shape of a tensor span that a caller gave as <paramref name="argument"/>.</summary>
    internal static Shape OfTensor(ReadOnlySpan<nint> lengths, string argument)
    {
        Span<long> extents = lengths.Length <= Constants.CN_MAX_AXES ? stackalloc long[lengths.Length] : new long[lengths.Length];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            extents[axis] = lengths[axis];
        }

        return new Shape(extents, argument);
    }

    internal static string Format(ReadOnlySpan<long> extents) =>
        extents.IsEmpty ? "scalar" : string.Join('x', extents.ToArray());

    private static void Check(ReadOnlySpan<long> extents, string argument)
    {
        if (extents.Length > Constants.CN_MAX_AXES)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"The shape has {extents.Length} axes; at most {Constants.CN_MAX_AXES} are possible."), argument);
        }

        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (extents[axis] < 1)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"Shape {Format(extents)} has extent {extents[axis]} on axis {axis}; every extent must be 1 or more."),
                    argument);
            }
        }
    }

    private static long CountElements(ReadOnlySpan<long> extents, string argument)
    {
        try
        {
            long count = 1;
            foreach (long extent in extents)
            {
                count = checked(count * extent);
            }

            // The bytes of doubles must fit as well, so that no later size can overflow.
            _ = checked(count * sizeof(double));
            return count;
        }
        catch (OverflowException)
        {
            throw new ArgumentException($"Shape {Format(extents)} has more elements than 64 bits can count in bytes.",
                argument);
        }
    }
}
