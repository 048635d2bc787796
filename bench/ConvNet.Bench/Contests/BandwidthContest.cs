namespace ConvNet.Bench;

/// <summary>A layer that should only wait for memory, against copying.</summary>
/// <param name="Fraction">The time in which a copy moves the layer's input and output, over the layer's time.</param>
/// <param name="Milliseconds">The layer's time.</param>
internal sealed record BandwidthContest(double Fraction, double Milliseconds)
{
    private const long Batch = 16;
    private const long CopiedBytes = 256L << 20;

    public static BandwidthContest Run(Effort effort)
    {
        BenchLayer layer = BenchLayer.Bilinear;
        using Workload workload = new(layer, Batch, Device.Cpu);
        using LibraryContender library = LibraryContender.TryCreate(workload, Pass.Forward, Engine.Auto)!;
        using CopyBuffers buffers = new(CopiedBytes);
        double[][] times = Stopwatches.Rounds([library.Run, () => buffers.Copy(Device.Cpu.Threads)], effort);
        // A copy of so many bytes reads them and writes them.
        double bytes = sizeof(float) * (layer.Input(Batch).Count + layer.Output(Batch).Count);
        double share = bytes / (2 * buffers.Bytes);
        return new BandwidthContest(share * Statistics.PairedRatio(times[0], times[1]), Statistics.Median(times[0]));
    }
}
