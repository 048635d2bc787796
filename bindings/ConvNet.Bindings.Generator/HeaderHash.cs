using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ConvNet.Bindings;

/// <summary>
/// A hash of what the C headers declare, which ties the generated files to them. Names count, so it
/// changes when two parameters of one type change places; comments and layout do not.
/// </summary>
/// <remarks>
/// The tests of the managed library compile this file too. The text that is hashed (SHA-256 over
/// UTF-8, in lower-case hexadecimal) is, for every *.h file below the include directory in ordinal
/// order of its relative path written with '/': the path, a line feed, the normalised text of the
/// file, and a line feed. <see cref="Normalise"/> removes comments, makes every run of white space
/// one space, and trims both ends.
/// </remarks>
internal static class HeaderHash
{
    // A string or character literal is matched first, so that a comment mark inside one is text.
    private static readonly Regex LiteralOrComment = new(
        """
        ("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?\*/|//[^\n]*
        """,
        RegexOptions.Singleline | RegexOptions.CultureInvariant);

    public static string Compute(string includeDirectory)
    {
        return Compute(Read(includeDirectory));
    }

    public static string Compute(IEnumerable<KeyValuePair<string, string>> textByPath)
    {
        var text = new StringBuilder();
        foreach (var (path, content) in textByPath.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(path).Append('\n').Append(Normalise(content)).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public static Dictionary<string, string> Read(string includeDirectory)
    {
        return Directory.EnumerateFiles(includeDirectory, "*.h", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(includeDirectory, file).Replace('\\', '/'),
            File.ReadAllText);
    }

    public static string Normalise(string header)
    {
        var code = LiteralOrComment.Replace(header, match => match.Groups[1].Success ? match.Value : " ");
        return Regex.Replace(code, @"\s+", " ").Trim();
    }
}
