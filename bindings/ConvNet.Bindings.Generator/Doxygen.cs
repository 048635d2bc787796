using System.Security;
using System.Text.RegularExpressions;

namespace ConvNet.Bindings;

/// <summary>A Doxygen comment of the few kinds that the headers use, turned into C# XML documentation.</summary>
internal sealed record Doxygen(string Summary, IReadOnlyDictionary<string, string> Parameters, string Returns)
{
    public static readonly Doxygen Empty = new("", new Dictionary<string, string>(), "");

    /// <summary>Reads a comment with its comment marks.</summary>
    public static Doxygen Parse(string? comment)
    {
        if (string.IsNullOrWhiteSpace(comment))
        {
            return Empty;
        }

        var text = Regex.Replace(comment, @"^\s*/\*\*<?|\*/\s*$|^[ \t]*\*(?!/)[ \t]?", "", RegexOptions.Multiline);
        var summary = "";
        var returns = "";
        var parameters = new Dictionary<string, string>();
        // Every part but the first begins with the name of its command.
        var parts = Regex.Split(text, @"[@\\](?=(?:param|returns?|brief|file)\b)");
        for (var i = 0; i < parts.Length; i++)
        {
            var match = Regex.Match(parts[i], @"^(param)(?:\[\w+(?:,\w+)*\])?\s+(\w+)|^(returns?|brief|file)\b");
            var body = Xml(parts[i][(i == 0 ? 0 : match.Length)..]);
            if (i > 0 && match.Groups[1].Success)
            {
                parameters[match.Groups[2].Value] = body;
            }
            else if (i > 0 && match.Groups[3].Value.StartsWith("return", StringComparison.Ordinal))
            {
                returns = body;
            }
            else
            {
                summary = $"{summary} {body}".Trim();
            }
        }

        return new Doxygen(summary, parameters, returns);
    }

    /// <summary>The documentation lines of a declaration, each beginning with three slashes.</summary>
    public IEnumerable<string> Lines(string fallback, IEnumerable<string> parameterNames)
    {
        yield return $"/// <summary>{(Summary.Length > 0 ? Summary : Xml(fallback))}</summary>";
        foreach (var name in parameterNames)
        {
            if (Parameters.TryGetValue(name, out var text))
            {
                yield return $"/// <param name=\"{name}\">{text}</param>";
            }
        }

        if (Returns.Length > 0)
        {
            yield return $"/// <returns>{Returns}</returns>";
        }
    }

    private static string Xml(string text)
    {
        var line = SecurityElement.Escape(Regex.Replace(text, @"\s+", " ").Trim()) ?? "";
        // `code`, @c code, @p parameter, and #name, Doxygen's link to a declaration.
        line = Regex.Replace(line, "`([^`]+)`", "<c>$1</c>");
        return Regex.Replace(line, @"(?<![\w&])(?:[@\\][cp] |#)([A-Za-z_]\w*)", "<c>$1</c>");
    }
}
