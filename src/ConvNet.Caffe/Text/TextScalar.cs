using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ConvNet.Caffe.Text;

/// <summary>Turns the text of one scalar into the binary form of its field.</summary>
internal static class TextScalar
{
    /// <summary>Writes one value, with its tag.</summary>
    /// <param name="output">Where the message is written to.</param>
    /// <param name="field">The field.</param>
    /// <param name="negative">Whether a minus stood before the token.</param>
    /// <param name="token">The token.</param>
    public static void Write(CodedOutputStream output, FieldDescriptor field, bool negative, TextToken token)
    {
        switch (field.FieldType)
        {
            case FieldType.Float:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.Fixed32);
                output.WriteFloat((float)ParseNumber(field, negative, token));
                break;
            case FieldType.Double:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.Fixed64);
                output.WriteDouble(ParseNumber(field, negative, token));
                break;
            case FieldType.Int32:
                WriteVarint(output, field, ParseInteger(field, negative, token, int.MinValue, int.MaxValue));
                break;
            case FieldType.Int64:
                WriteVarint(output, field, ParseInteger(field, negative, token, long.MinValue, long.MaxValue));
                break;
            case FieldType.UInt32:
                WriteVarint(output, field, ParseInteger(field, negative, token, 0, uint.MaxValue));
                break;
            case FieldType.Bool:
                WriteVarint(output, field, ParseBool(field, negative, token) ? 1 : 0);
                break;
            case FieldType.Enum:
                WriteVarint(output, field, ParseEnum(field, negative, token));
                break;
            default:
                throw new NotSupportedException($"The schema uses {field.FieldType}, which the reader does not know.");
        }
    }

    private static void WriteVarint(CodedOutputStream output, FieldDescriptor field, long value)
    {
        output.WriteTag(field.FieldNumber, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static CaffeException Expected(string what, FieldDescriptor field, bool negative, TextToken token) =>
        new(token.Position, $"'{field.Name}' expects {what}, found {(negative ? "-" : "")}{token}");

    private static double ParseNumber(FieldDescriptor field, bool negative, TextToken token)
    {
        var sign = negative ? -1.0 : 1.0;
        if (token.Kind == TextTokenKind.Name)
        {
            switch (token.Text.ToUpperInvariant())
            {
                case "INF" or "INFINITY":
                    return sign * double.PositiveInfinity;
                case "NAN":
                    return double.NaN;
            }
        }
        if (token.Kind == TextTokenKind.Number)
        {
            if (IsInteger(token.Text) && TryParseInteger(token.Text, out var integer))
            {
                return sign * (double)integer;
            }
            // C++ programs write floats with a trailing f, and the format allows it.
            var text = token.Text.TrimEnd('f', 'F');
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return sign * number;
            }
        }
        throw Expected("a number", field, negative, token);
    }

    private static long ParseInteger(FieldDescriptor field, bool negative, TextToken token, long min, long max)
    {
        if (token.Kind != TextTokenKind.Number
            || !IsInteger(token.Text)
            || !TryParseInteger(token.Text, out var magnitude))
        {
            throw Expected("a whole number", field, negative, token);
        }
        var value = negative ? -(Int128)magnitude : magnitude;
        if (value < min || value > max)
        {
            throw new CaffeException(
                token.Position, $"'{field.Name}' is {value}, expected a whole number from {min} to {max}");
        }
        return (long)value;
    }

    /// <summary>Whether a number is written without a point or an exponent.</summary>
    private static bool IsInteger(string text) =>
        text.All(char.IsAsciiDigit) || text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);

    /// <summary>Decimal, hexadecimal after 0x, octal after 0.</summary>
    private static bool TryParseInteger(string text, out ulong value)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            var digits = text.AsSpan(2);
            return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }
        if (text.Length > 1 && text[0] == '0')
        {
            value = 0;
            foreach (var digit in text)
            {
                if (digit > '7' || value >> 61 != 0)
                {
                    return false;
                }
                value = (value << 3) | (uint)(digit - '0');
            }
            return true;
        }
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static bool ParseBool(FieldDescriptor field, bool negative, TextToken token) => (negative, token.Text) switch
    {
        (false, "true" or "True" or "t" or "1") when token.Kind != TextTokenKind.String => true,
        (false, "false" or "False" or "f" or "0") when token.Kind != TextTokenKind.String => false,
        _ => throw Expected("true or false", field, negative, token),
    };

    private static int ParseEnum(FieldDescriptor field, bool negative, TextToken token)
    {
        var value = token.Kind switch
        {
            TextTokenKind.Name when !negative => field.EnumType.FindValueByName(token.Text),
            TextTokenKind.Number when !negative && IsInteger(token.Text) && TryParseInteger(token.Text, out var number)
                && number <= int.MaxValue => field.EnumType.FindValueByNumber((int)number),
            _ => null,
        };
        var names = string.Join(", ", field.EnumType.Values.Select(known => known.Name));
        return value?.Number ?? throw Expected($"one of {names}", field, negative, token);
    }
}
