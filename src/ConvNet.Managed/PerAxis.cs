using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ConvNet;

/// <summary>
/// A quantity of the spatial axes, such as a stride: nothing when it is not given, one value for all axes
/// (<c>Stride = 2</c> or <c>[2]</c>), or one value per axis (<c>Stride = [2, 1]</c>). Immutable and compared by value.
/// </summary>
[CollectionBuilder(typeof(PerAxis), nameof(Create))]
[SuppressMessage("Naming", "CA1710", Justification = "It reads as what it is: kernel per axis, stride per axis.")]
public sealed class PerAxis : IReadOnlyList<long>, IEquatable<PerAxis>
{
    private readonly long[] _values;

    /// <summary>Makes a quantity.</summary>
    /// <param name="values">No value, one, or one per axis.</param>
    public PerAxis(params ReadOnlySpan<long> values)
    {
        _values = values.ToArray();
    }

    /// <summary>Not given.</summary>
    public static PerAxis None { get; } = new();

    /// <summary>The number of values.</summary>
    public int Count => _values.Length;

    /// <summary>The values, for <c>fixed</c>.</summary>
    internal long[] Values => _values;

    /// <summary>A value.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public long this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _values.Length);
            return _values[index];
        }
    }

    /// <summary>Makes a quantity from a collection expression.</summary>
    /// <param name="values">No value, one, or one per axis.</param>
    /// <returns>The quantity.</returns>
    public static PerAxis Create(ReadOnlySpan<long> values) => new(values);

    /// <summary>One value for all axes.</summary>
    /// <param name="value">The value.</param>
    [SuppressMessage("Usage", "CA2225", Justification = "Create and the constructor are the named forms.")]
    public static implicit operator PerAxis(long value) => new(value);

    /// <summary>Whether two quantities have the same values.</summary>
    /// <param name="left">A quantity.</param>
    /// <param name="right">Another.</param>
    public static bool operator ==(PerAxis? left, PerAxis? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two quantities differ.</summary>
    /// <param name="left">A quantity.</param>
    /// <param name="right">Another.</param>
    public static bool operator !=(PerAxis? left, PerAxis? right) => !(left == right);

    /// <summary>The values.</summary>
    /// <returns>A view of <see cref="Count"/> values.</returns>
    public ReadOnlySpan<long> AsSpan() => _values;

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] PerAxis? other) =>
        ReferenceEquals(this, other) || (other is not null && other._values.AsSpan().SequenceEqual(_values));

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as PerAxis);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (long value in _values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <summary>The values joined by x, for example "3x5"; "not given" when there is none.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _values.Length == 0 ? "not given" : string.Join('x', _values);

    /// <inheritdoc/>
    public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _values.GetEnumerator();
}
