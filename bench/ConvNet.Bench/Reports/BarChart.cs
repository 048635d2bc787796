using System.Globalization;
using System.Text;

namespace ConvNet.Bench;

/// <summary>A picture of the forward passes on all threads: speeds of the library and its peers.</summary>
internal static class BarChart
{
    private const int Left = 240;
    private const int PlotWidth = 640;
    private const int BarHeight = 9;
    private const int GroupGap = 9;
    private const int Top = 60;

    public static string FilePath { get; } = Path.Combine(RepositoryPaths.Results, "cpu.svg");

    public static void Save(Results results)
    {
        string forward = Pass.Forward.Name();
        Row[] rows = [.. results.Rows.Where(row => row.Pass == forward && row.Threads == results.Peaks.Threads)];
        if (rows.Length > 0)
        {
            Directory.CreateDirectory(RepositoryPaths.Results);
            File.WriteAllText(FilePath, Draw(rows));
        }
    }

    private static string Draw(Row[] rows)
    {
        (string Name, string Colour, Func<Row, double?> Milliseconds)[] series =
        [
            ("ConvNet", "#1b7f3b", row => row.OursMs),
            (PeerNames.OnnxRuntime, "#3b6fb6", row => row.Peers[PeerNames.OnnxRuntime]),
            (PeerNames.OneDnn, "#d98b2b", row => row.Peers[PeerNames.OneDnn]),
            (PeerNames.Caffe, "#9a9a9a", row => row.Peers[PeerNames.Caffe]),
        ];
        int groupHeight = (series.Length * BarHeight) + GroupGap;
        int height = Top + (rows.Length * groupHeight) + GroupGap;
        double fastest = rows.Max(row => series.Max(one => Speed(row, one.Milliseconds(row)) ?? 0));
        StringBuilder svg = new();
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{Left + PlotWidth + 80}" height="{height}" """);
        Line(svg, $"""  font-family="sans-serif" font-size="11">""");
        Line(svg, $"""<rect width="100%" height="100%" fill="white"/>""");
        Line(svg, $"""<text x="12" y="22" font-size="15">Forward pass on all threads, GFLOP/s</text>""");
        for (int i = 0; i < series.Length; i++)
        {
            int x = 12 + (i * 130);
            Line(svg, $"""<rect x="{x}" y="34" width="11" height="11" fill="{series[i].Colour}"/>""");
            Line(svg, $"""<text x="{x + 16}" y="44">{series[i].Name}</text>""");
        }

        for (int group = 0; group < rows.Length; group++)
        {
            Row row = rows[group];
            int y = Top + (group * groupHeight);
            Line(svg, $"""<text x="{Left - 8}" y="{y + (groupHeight / 2)}" text-anchor="end">""");
            Line(svg, $"""  {row.Layer}, batch {row.Batch}</text>""");
            foreach ((_, string colour, Func<Row, double?> milliseconds) in series)
            {
                if (Speed(row, milliseconds(row)) is { } speed)
                {
                    double width = speed / fastest * PlotWidth;
                    Line(svg, $"""<rect x="{Left}" y="{y}" width="{width:0.0}" height="{BarHeight - 1}" """);
                    Line(svg, $"""  fill="{colour}"/>""");
                    Line(svg, $"""<text x="{Left + width + 4:0.0}" y="{y + BarHeight - 1}" font-size="8">""");
                    Line(svg, $"""  {Text.Number(speed)}</text>""");
                }

                y += BarHeight;
            }
        }

        Line(svg, $"</svg>");
        return svg.ToString();
    }

    private static void Line(StringBuilder svg, FormattableString text) =>
        svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));

    private static double? Speed(Row row, double? milliseconds) => row.Gflops * row.OursMs / milliseconds;
}
