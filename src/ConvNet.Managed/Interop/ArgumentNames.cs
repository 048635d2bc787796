using System.Text;

namespace ConvNet.Interop;

/// <summary>Turns the names of native arguments, such as "stride_h" or "bottoms[1]", into those of managed ones.</summary>
internal static class ArgumentNames
{
    private static readonly HashSet<string> OptionFields = new(StringComparer.Ordinal)
    {
        "bias_term", "num_output", "group", "kernel", "stride", "pad", "dilation", "kernel_h", "kernel_w", "stride_h",
        "stride_w", "pad_h", "pad_w", "axis", "num_axes", "force_nd_im2col", "engine", "accuracy", "activation",
        "negative_slope", "layout",
        "threads", "workspace_limit_bytes", "memory_limit_bytes", "deterministic", "autotune",
        "value", "min", "max", "mean", "std", "sparse", "seed",
    };

    /// <summary>The managed spelling, or null when the native library blamed no argument.</summary>
    public static string? ToManaged(string native, ArgumentStyle style)
    {
        if (native.Length == 0)
        {
            return null;
        }

        return style switch
        {
            ArgumentStyle.Options => Option(native),
            ArgumentStyle.Reshape => native == "shape" ? "bottom" : Option(native),
            ArgumentStyle.OneBlob => WithoutIndex(Blob(native)),
            ArgumentStyle.ManyBlobs => Blob(native),
            ArgumentStyle.Spans => WithoutIndex(native),
            _ => CamelCase(native),
        };
    }

    private static string Option(string native) => native switch
    {
        "variance_norm" => "Norm",
        _ when OptionFields.Contains(native) => PascalCase(native),
        _ => CamelCase(native),
    };

    // A blob carries its values and its gradients, so the gradient of a top is the argument "top".
    private static string Blob(string native) =>
        native.Replace("top_diffs", "tops", StringComparison.Ordinal)
            .Replace("bottom_diffs", "bottoms", StringComparison.Ordinal);

    // "top_diffs[0]" becomes "topDiff".
    private static string WithoutIndex(string native)
    {
        int bracket = native.IndexOf('[', StringComparison.Ordinal);
        string name = bracket < 0 ? native : native[..bracket];
        return CamelCase(name.EndsWith('s') ? name[..^1] : name);
    }

    private static string PascalCase(string native) => Join(native, capital: true);

    private static string CamelCase(string native) => Join(native, capital: false);

    private static string Join(string native, bool capital)
    {
        var result = new StringBuilder(native.Length);
        foreach (char c in native)
        {
            if (c == '_')
            {
                capital = true;
                continue;
            }

            result.Append(capital ? char.ToUpperInvariant(c) : c);
            capital = false;
        }

        return result.ToString();
    }
}
