using System.Globalization;

namespace ConvNet.Bench;

/// <summary>Numbers as people read them.</summary>
internal static class Text
{
    public const string Nothing = "-";

    /// <summary>Three digits: more would be noise.</summary>
    public static string Number(double? value) => value switch
    {
        null => Nothing,
        < 1 => Format(value.Value, "0.000"),
        < 10 => Format(value.Value, "0.00"),
        < 100 => Format(value.Value, "0.0"),
        _ => Format(value.Value, "0"),
    };

    public static string Ratio(double? value) => value is { } number ? Format(number, "0.00") : Nothing;

    public static string Percent(double value) => Format(value, "0 %");

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
