namespace ConvNet.Bench;

/// <summary>What the library promises, computed from what was measured.</summary>
internal static class Gates
{
    public static IEnumerable<Gate> Of(Results results)
    {
        Row[] all = [.. results.Rows.Where(row => row.Threads == results.Peaks.Threads)];
        Row[] convolutions = [.. all.Where(row => !row.Source.Transposed)];
        Row[] deconvolutions = [.. all.Where(row => row.Source.Transposed)];
        yield return Mean("convolution forward", Of(convolutions, Pass.Forward), Best, 1.3, 0.95);
        yield return Mean("convolution forward, 3x3 stride 1 of VGG and ResNet",
            Of(convolutions, Pass.Forward).Where(row => row.Source.MayUseWinograd), Best, 1.6, null);
        yield return Mean("deconvolution forward", Of(deconvolutions, Pass.Forward), Best, 4, 1.3);
        foreach (Pass pass in (Pass[])[Pass.BackwardData, Pass.BackwardFilter])
        {
            string against = $"{pass.Name()} against oneDNN";
            yield return Mean($"deconvolution {against}", Of(deconvolutions, pass), OneDnn, 1.2, 0.85);
            yield return Mean($"convolution {against}", Of(convolutions, pass), OneDnn, 1.2, 0.85);
        }

        yield return new Gate("VGG conv3_1, batch 16, against OpenBLAS's product", results.Product?.Ratio, 1.15)
        {
            Remark = results.Product is { } product
                ? $"{product.Algorithm}, {Text.Number(product.Gflops)} GFLOP/s, "
                    + $"{Text.Percent(product.PeakFraction)} of the peak"
                : "",
        };
        yield return new Gate("bilinear, batch 16, part of the copy bandwidth", results.Bandwidth?.Fraction, 0.5);
        yield return Threads(results);
        yield return new Gate("8 callers against 2, on devices of one thread", results.Callers?.Ratio, 0.9)
        {
            Remark = results.Callers is { } callers
                ? $"with the same weights; with weights of their own {Text.Number(callers.OwnWeightsRatio)}"
                : "",
        };
        yield return Workspace(results);
        yield return new Gate($"{NetContest.NetName} on 512x512 against ONNX Runtime", results.Net?.Ratio, 1.5)
        {
            Remark = results.Net is { } net ? $"{Text.Number(net.OursMs)} ms, theirs {Text.Number(net.OnnxMs)} ms" : "",
        };
    }

    private static IEnumerable<Row> Of(IEnumerable<Row> rows, Pass pass) => rows.Where(row => row.Pass == pass.Name());

    private static double? Best(Row row) => row.Ratio;

    private static double? OneDnn(Row row) => row.Ratios.TryGetValue(PeerNames.OneDnn, out double ratio) ? ratio : null;

    private static Gate Mean(
        string name, IEnumerable<Row> rows, Func<Row, double?> ratio, double required, double? requiredMinimum)
    {
        (Row Row, double Ratio)[] measured =
            [.. rows.Where(row => ratio(row) is not null).Select(row => (row, ratio(row)!.Value))];
        if (measured.Length == 0)
        {
            return new Gate(name, null, required);
        }

        (Row smallest, double minimum) = measured.MinBy(pair => pair.Ratio);
        return new Gate(name, Statistics.GeometricMean(measured.Select(pair => pair.Ratio)), required)
        {
            Minimum = minimum,
            RequiredMinimum = requiredMinimum,
            Remark = $"{smallest.Layer}, batch {smallest.Batch}; {measured.Length} rows",
        };
    }

    // Rows that have something to share out: longer than a millisecond, and not bound by memory.
    private static Gate Threads(Results results)
    {
        const double shortest = 1;
        const double required = 1.8;
        const int asPromised = 2;
        int threads = results.Peaks.Threads;
        string name = $"{threads} threads against one";
        IEnumerable<Row> rows = results.Rows.Where(row => row.AloneMs > shortest);
        return threads == asPromised
            ? Mean(name, rows, row => row.Speedup, required, null)
            : new Gate(name, null, required);
    }

    private static Gate Workspace(Results results)
    {
        const double mebibyte = 1 << 20;
        Row? largest = results.Rows.MaxBy(row => row.WorkspaceBytes);
        return new Gate("workspace, MiB", largest?.WorkspaceBytes / mebibyte, 8)
        {
            AtMost = true,
            Remark = largest is null ? "" : $"{largest.Layer}, batch {largest.Batch}",
        };
    }
}
