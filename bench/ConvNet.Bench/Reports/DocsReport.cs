using System.Globalization;
using System.Text;

namespace ConvNet.Bench;

/// <summary>The dated copy of the results in docs/performance.md, between two marks.</summary>
internal static class DocsReport
{
    private const string Begin = "<!-- results: begin -->";
    private const string End = "<!-- results: end -->";

    public static string FilePath { get; } = Path.Combine(RepositoryPaths.Root, "docs", "performance.md");

    public static void Save(Results results)
    {
        string page = File.ReadAllText(FilePath);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < Begin.Length || end < begin)
        {
            throw new InvalidDataException($"{FilePath} has lost the marks of its results.");
        }

        File.WriteAllText(FilePath, $"{page[..begin]}\n{Render(results)}{page[end..]}");
    }

    private static string Render(Results results)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Measured on {results.Time:yyyy-MM-dd}, version {results.Version}. {results.Machine}.");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Unmeasured: {string.Join("; ", results.Unmeasured)}.").AppendLine();
        text.AppendLine("```");
        foreach (Gate gate in Gates.Of(results))
        {
            text.AppendLine(gate.ToString());
        }

        text.AppendLine("```").AppendLine();
        IReadOnlyList<(string Text, bool IsNumber)> headers = ResultTable.Headers(results);
        AppendLine(text, headers.Select(header => header.Text));
        AppendLine(text, headers.Select(header => header.IsNumber ? "---:" : "---"));
        foreach (Row row in results.Rows)
        {
            AppendLine(text, ResultTable.Cells(row, results));
        }

        return text.ToString();
    }

    private static void AppendLine(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
}
