using System.Globalization;

namespace ConvNet;

/// <summary>
/// A number of 16 bits with the range of <see cref="float"/>: its upper half, 8 bits of exponent and 7 of fraction. To be
/// stored and handed to a device; convert it to compute with it.
/// </summary>
public readonly struct BFloat16 : IEquatable<BFloat16>
{
    private readonly ushort _bits;

    private BFloat16(ushort bits) => _bits = bits;

    /// <summary>Whether two numbers are equal; as with <see cref="float"/>, NaN is not, and the zeros are.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(BFloat16 left, BFloat16 right) => (float)left == (float)right;

    /// <summary>Whether two numbers differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(BFloat16 left, BFloat16 right) => !(left == right);

    /// <summary>Rounds to the nearest number, of two equally near ones to the even one.</summary>
    /// <param name="value">What is rounded.</param>
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? new BFloat16((ushort)((bits >> 16) | 0x40))
            : new BFloat16((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The same number, exactly.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value._bits << 16);

    /// <summary>Rounds to the nearest number; as the operator.</summary>
    /// <param name="value">What is rounded.</param>
    /// <returns>The number.</returns>
    public static BFloat16 FromSingle(float value) => (BFloat16)value;

    /// <summary>The same number, exactly.</summary>
    /// <returns>The number.</returns>
    public float ToSingle() => this;

    /// <inheritdoc/>
    public bool Equals(BFloat16 other) => ((float)this).Equals(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <summary>The number in decimals, the same everywhere.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);
}
