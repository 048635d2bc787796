namespace ConvNet.Bench;

/// <summary>All rows of the table.</summary>
internal static class LayerContests
{
    private const int LargeBatch = 16;

    /// <summary>How many rows there will be.</summary>
    public static int Count(IReadOnlyCollection<BenchLayer> layers, int threads, Effort effort) =>
        layers.Count * Settings(threads, effort).Count * Enum.GetValues<Pass>().Length;

    /// <summary>Measures them, and says of each what it is before it does.</summary>
    public static IEnumerable<Row> Run(
        IEnumerable<BenchLayer> layers, Peaks peaks, Effort effort, Action<string> starting)
    {
        foreach (BenchLayer layer in layers)
        {
            foreach ((long batch, int threads) in Settings(peaks.Threads, effort))
            {
                using Device device = Device.CreateCpu(new CpuDeviceOptions { Threads = threads });
                using Workload workload = new(layer, batch, device);
                using Device deviceOfOne = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
                using Workload? alone =
                    batch == 1 && threads > 1 && layer.IsBoundByArithmetic(batch)
                        ? new Workload(layer, batch, deviceOfOne)
                        : null;
                foreach (Pass pass in Enum.GetValues<Pass>())
                {
                    starting($"{layer.Name}, batch {batch}, {threads} threads, {pass.Name()}");
                    using LayerContest contest = new(workload, alone, pass, effort);
                    yield return contest.Run(peaks);
                }
            }
        }
    }

    // A large batch on one thread says nothing that a small one does not, and takes longest.
    private static List<(long Batch, int Threads)> Settings(int threads, Effort effort) =>
        threads > 1 && effort.Everything
            ? [(1, 1), (1, threads), (LargeBatch, threads)]
            : [(1, threads), (LargeBatch, threads)];
}
