using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace ConvNet.Bench;

/// <summary>What was measured on one layer; times are medians in milliseconds.</summary>
/// <param name="Layer">Whose layer it is.</param>
/// <param name="Kind">convolution or deconvolution.</param>
/// <param name="Shape">What it computes.</param>
/// <param name="Engine">The engine that computed it.</param>
/// <param name="Algorithm">Its algorithm for the forward pass.</param>
/// <param name="Milliseconds">The library's time for one forward pass.</param>
/// <param name="PlainMilliseconds">The plain loop's.</param>
/// <param name="Speedup">Median over the rounds of plain time / library time.</param>
/// <param name="SpeedupLowest">The smallest of these ratios.</param>
/// <param name="SpeedupHighest">The largest.</param>
/// <param name="Gflops">Billions of multiplications and additions per second by the library.</param>
/// <param name="Difference">Largest difference between the two results, as a part of the largest value.</param>
internal sealed record LayerResult(
    string Layer, string Kind, string Shape, string Engine, string Algorithm, double Milliseconds,
    double PlainMilliseconds, double Speedup, double SpeedupLowest, double SpeedupHighest, double Gflops,
    double Difference);

/// <summary>Everything that a run of the benchmark says.</summary>
internal sealed record Report(
    DateTimeOffset Time, string Processor, int Threads, string InstructionSet, string Version, int Rounds,
    IReadOnlyList<LayerResult> Layers)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // The file is read by people and programs, never put into a web page: "->" stays as it is.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string DefaultPath
    {
        get
        {
            string root = typeof(Report).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .First(attribute => attribute.Key == "RepositoryRoot").Value!;
            return Path.Combine(root, "artifacts", "bench", "layers.json");
        }
    }

    public static string ProcessorName()
    {
        const string CpuInfo = "/proc/cpuinfo";
        string? line = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    public void Print()
    {
        Table table = new Table().Title("Forward pass of one image, float").RoundedBorder();
        table.AddColumn("layer", column => column.NoWrap()).AddColumn("shape", column => column.NoWrap());
        foreach (string header in (string[])["ms", "GFLOP/s", "plain ms", "speedup", "lowest..highest"])
        {
            table.AddColumn(header, column => column.RightAligned().NoWrap());
        }

        foreach (LayerResult result in Layers)
        {
            table.AddRow(Cells(result));
        }

        // Where there is no terminal there is no width to fit either.
        const int FullWidth = 120;
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Console.IsOutputRedirected ? FullWidth : 0);
        table.Caption(string.Create(CultureInfo.InvariantCulture,
            $"{Processor}, library on {Threads} threads ({InstructionSet}), plain C++ loop on one; medians of {Rounds} rounds").EscapeMarkup());
        AnsiConsole.Write(table);
    }

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
    }

    private static string[] Cells(LayerResult result)
    {
        string kind = result.Kind == "deconvolution" ? "deconv" : "conv";
        return [.. new[]
        {
            $"{result.Layer} ({kind})", result.Shape, Number(result.Milliseconds), Number(result.Gflops),
            Number(result.PlainMilliseconds), Number(result.Speedup),
            $"{Number(result.SpeedupLowest)}..{Number(result.SpeedupHighest)}",
        }.Select(Markup.Escape)];
    }

    /// <summary>Three digits: more would be noise.</summary>
    private static string Number(double value) =>
        value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
