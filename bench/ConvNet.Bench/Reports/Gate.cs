using System.Globalization;

namespace ConvNet.Bench;

/// <summary>Something that the library promises about its speed.</summary>
/// <param name="Name">What.</param>
/// <param name="Value">What was measured; null when it could not be.</param>
/// <param name="Required">What it must reach.</param>
internal sealed record Gate(string Name, double? Value, double Required)
{
    /// <summary>Whether the value is a bound from above.</summary>
    public bool AtMost { get; init; }

    /// <summary>The smallest of the ratios that the value is the mean of.</summary>
    public double? Minimum { get; init; }

    public double? RequiredMinimum { get; init; }

    /// <summary>What else is to be said, for example which row is the smallest.</summary>
    public string Remark { get; init; } = "";

    /// <summary>Null when it was not measured.</summary>
    public bool? Passed => Value is not { } value
        ? null
        : (AtMost ? value <= Required : value >= Required) && !(Minimum < RequiredMinimum);

    public override string ToString()
    {
        string verdict = Passed switch { true => "pass", false => "FAIL", null => "not measured" };
        string sign = AtMost ? "<=" : ">=";
        string text = $"{verdict,-12} {Name}: {Text(Value)} ({sign} {Text(Required)})";
        if (Minimum is not null)
        {
            text += $", smallest {Text(Minimum)}" + (RequiredMinimum is null ? "" : $" (>= {Text(RequiredMinimum)})");
        }

        return Remark.Length == 0 ? text : $"{text}; {Remark}";
    }

    private static string Text(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
