namespace ConvNet.Bench;

/// <summary>The rows as text, for whoever prints them.</summary>
internal static class ResultTable
{
    /// <summary>The headers, and whether a column has numbers.</summary>
    public static IReadOnlyList<(string Text, bool IsNumber)> Headers(Results results) =>
    [
        ("layer", false), ("shape", false), ("pass", false), ("batch", true), ("threads", true), ("ms", true),
        ("GFLOP/s", true), ("of peak", true), ("algorithm", false),
        .. EnginesOf(results).Select(engine => ($"{engine} ms", true)),
        .. PeersOf(results).Select(peer => ($"{peer} ms", true)),
        (PeerNames.OneDnnWithoutReorders, true), ("best peer", false), ("ratio", true),
    ];

    public static string[] Cells(Row row, Results results) =>
    [
        row.Source.Transposed ? $"{row.Layer} (deconv)" : row.Layer, row.Shape, row.Pass.Replace('_', ' '),
        $"{row.Batch}", $"{row.Threads}", Text.Number(row.OursMs), Text.Number(row.Gflops),
        Text.Percent(row.PeakFraction), row.Algorithm,
        .. EnginesOf(results).Select(engine => Text.Number(row.Engines.GetValueOrDefault(engine))),
        .. PeersOf(results).Select(peer => Text.Number(row.Peers.GetValueOrDefault(peer))),
        Text.Number(row.OnednnWithoutReordersMs), row.BestPeer ?? Text.Nothing, Text.Ratio(row.Ratio),
    ];

    // Engines and peers that have no time at all need no column.
    private static IEnumerable<string> EnginesOf(Results results) => Measured(results, row => row.Engines);

    private static IEnumerable<string> PeersOf(Results results) => Measured(results, row => row.Peers);

    private static IEnumerable<string> Measured(
        Results results, Func<Row, IReadOnlyDictionary<string, double?>> times) =>
        results.Rows.SelectMany(row => times(row)).Where(pair => pair.Value is not null).Select(pair => pair.Key)
            .Distinct();
}
