namespace ConvNet.Bench;

/// <summary>
/// A convolution, without algorithms that need fewer multiplications, against its matrix product by OpenBLAS.
/// </summary>
/// <param name="Ratio">The product's time over the convolution's; null without OpenBLAS.</param>
/// <param name="Gflops">The convolution's speed.</param>
/// <param name="PeakFraction">As a part of the multiply-add peak.</param>
/// <param name="Algorithm">How it was computed.</param>
internal sealed record ProductContest(double? Ratio, double Gflops, double PeakFraction, string Algorithm)
{
    private const long Batch = 16;

    public static unsafe ProductContest Run(Peaks peaks, Effort effort)
    {
        BenchLayer layer = BenchLayer.VggConv31;
        using Workload workload = new(layer, Batch, Device.Cpu);
        using LibraryContender library = LibraryContender.TryCreate(
            workload, Pass.Forward, Engine.Direct, Accuracy.Strict)!;
        long m = layer.Outputs;
        long n = Batch * layer.OutHeight * layer.OutWidth;
        long k = layer.Channels * layer.Kernel * layer.Kernel;
        using Blob<float> columns = new(Device.Cpu, [k, n]);
        columns.Fill(Filler.Uniform(-1, 1, seed: 5));
        List<Action> calls = [library.Run];
        if (NativePeers.HasOpenBlas)
        {
            Tensors tensors = workload.PeerTensors(Pass.Forward);
            calls.Add(() =>
            {
                fixed (float* b = columns.Data)
                {
                    NativePeers.Sgemm(Device.Cpu.Threads, m, n, k, tensors.Weights, b, tensors.Top);
                }
            });
        }

        double[][] times = Stopwatches.Rounds(calls, effort);
        const double operationsPerMillisecond = 1e6;
        double gflops = layer.Operations(Batch) / Statistics.Median(times[0]) / operationsPerMillisecond;
        double? ratio = times.Length == 1 ? null : Statistics.PairedRatio(times[0], times[1]);
        return new ProductContest(ratio, gflops, gflops / peaks.Gflops, library.Algorithm);
    }
}
