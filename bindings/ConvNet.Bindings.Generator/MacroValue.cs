using System.Globalization;
using System.Text.RegularExpressions;

namespace ConvNet.Bindings;

/// <summary>The value of a macro that is one integer or one string; other macros have none.</summary>
internal static partial class MacroValue
{
    /// <returns>A <see cref="long"/>, a <see cref="string"/>, or null.</returns>
    public static object? Parse(string expression)
    {
        // Clang hands out the text up to the end of the definition, comments included.
        var text = HeaderHash.Normalise(expression).Trim('(', ')', ' ');
        if (String().Match(text) is { Success: true } literal)
        {
            return literal.Groups[1].Value;
        }

        if (Integer().Match(text) is not { Success: true } number)
        {
            return null;
        }

        var digits = number.Groups[2].Value;
        var value = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.Parse(digits[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : long.Parse(digits, CultureInfo.InvariantCulture);
        return number.Groups[1].Length > 0 ? -value : value;
    }

    [GeneratedRegex("""^"([^"\\]*)"$""")]
    private static partial Regex String();

    [GeneratedRegex("^(-)?(0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)[uUlL]*$")]
    private static partial Regex Integer();
}
