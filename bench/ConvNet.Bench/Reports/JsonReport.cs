using System.Text.Encodings.Web;
using System.Text.Json;

namespace ConvNet.Bench;

/// <summary>The results for programs: the rows in one file, all the rest in another.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // The file is read by people and programs, never put into a web page: "->" stays as it is.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string RowsPath { get; } = Path.Combine(RepositoryPaths.Results, "cpu.json");

    public static string SummaryPath { get; } = Path.Combine(RepositoryPaths.Results, "cpu-summary.json");

    public static void Save(Results results)
    {
        Directory.CreateDirectory(RepositoryPaths.Results);
        Write(RowsPath, results.Rows);
        Write(SummaryPath, new
        {
            results.Time,
            results.Version,
            results.Peaks,
            results.Product,
            results.Bandwidth,
            results.Callers,
            results.Net,
            results.Unmeasured,
            results.TimesNotIdle,
            Gates = Gates.Of(results),
        });
    }

    private static void Write<T>(string path, T value) =>
        File.WriteAllText(path, JsonSerializer.Serialize(value, Json) + "\n");
}
