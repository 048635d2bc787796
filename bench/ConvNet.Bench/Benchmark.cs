using Spectre.Console;

namespace ConvNet.Bench;

/// <summary>Runs everything, and shows how far it is.</summary>
internal static class Benchmark
{
    public static Results Run(Arguments arguments)
    {
        Effort effort = arguments.Quick ? Effort.Quick : Effort.Full;
        BenchLayer[] layers =
        [
            .. BenchLayer.All.Where(layer =>
                arguments.Only is null || layer.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase)),
        ];
        return AnsiConsole.Progress().AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                int count = LayerContests.Count(layers, Device.Cpu.Threads, effort);
                ProgressTask task = context.AddTask("the machine", maxValue: count);
                void Show(string what) => task.Description = what.EscapeMarkup();
                Peaks peaks = Peaks.Measure();
                List<Row> rows = [];
                foreach (Row row in LayerContests.Run(layers, peaks, effort, Show))
                {
                    rows.Add(row);
                    task.Increment(1);
                }

                Results results = new(DateTimeOffset.UtcNow, ConvNetRuntime.Version.Version, peaks, rows);
                if (arguments.Only is null)
                {
                    task.Description = "the rest";
                    results = results with
                    {
                        Product = ProductContest.Run(peaks, effort),
                        Bandwidth = BandwidthContest.Run(effort),
                        Callers = CallersContest.Run(effort),
                        Net = NetContest.Run(effort),
                    };
                }

                return results with { TimesNotIdle = IdleWait.TimesGivenUp, Unmeasured = [.. Unmeasured()] };
            });
    }

    private static IEnumerable<string> Unmeasured()
    {
        yield return $"{PeerNames.TorchSharp} (its libtorch does not load on Debian 12)";
        if (!NativePeers.HasOneDnn)
        {
            yield return $"{PeerNames.OneDnn} (libdnnl-dev is not installed)";
        }

        if (!NativePeers.HasOpenBlas)
        {
            yield return $"{PeerNames.Caffe} (libopenblas0-pthread is not installed)";
        }
    }
}
