using System.Diagnostics;

namespace ConvNet.Bench;

/// <summary>Many .NET threads that each have a device of one thread, against few of them.</summary>
/// <param name="Ratio">The total throughput of many over that of few, where all compute with the same weights, as callers of
/// one service do.</param>
/// <param name="OwnWeightsRatio">The same where each has weights of its own, as if each had another net.</param>
internal sealed record CallersContest(double Ratio, double OwnWeightsRatio)
{
    private const int Many = 8;
    private const int Few = 2;

    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(500);

    public static CallersContest Run(Effort effort)
    {
        BenchLayer layer = BenchLayer.VggConv31;
        using Blob<float> weights = new(layer.Weights);
        weights.Fill(layer.Options(Engine.Auto).WeightFiller!);
        List<double> shared = [];
        List<double> own = [];
        for (int round = 0; round < effort.Rounds; round++)
        {
            shared.Add(Measure(layer, weights));
            own.Add(Measure(layer, null));
        }

        return new CallersContest(Statistics.Median(shared), Statistics.Median(own));
    }

    private static double Measure(BenchLayer layer, Blob<float>? shared)
    {
        double few = CallsPerSecond(Few, layer, shared);
        return CallsPerSecond(Many, layer, shared) / few;
    }

    private static double CallsPerSecond(int callers, BenchLayer layer, Blob<float>? shared)
    {
        IdleWait.UntilIdle();
        using Barrier start = new(callers + 1);
        bool stop = false;
        var calls = new int[callers];
        var ends = new long[callers];
        Thread[] threads = [.. Enumerable.Range(0, callers).Select(caller => new Thread(() =>
        {
            using Device device = Device.CreateCpu(new CpuDeviceOptions { Threads = 1 });
            using Workload workload = new(layer, 1, device);
            using LibraryContender library = LibraryContender.TryCreate(workload, Pass.Forward, Engine.Auto)!;
            if (shared is not null)
            {
                library.ShareWeights(shared);
            }

            library.Run();
            start.SignalAndWait();
            while (!Volatile.Read(ref stop))
            {
                library.Run();
                calls[caller]++;
            }

            ends[caller] = Stopwatch.GetTimestamp();
        }))];
        Array.ForEach(threads, thread => thread.Start());
        start.SignalAndWait();
        long begin = Stopwatch.GetTimestamp();
        Thread.Sleep(Duration);
        Volatile.Write(ref stop, true);
        Array.ForEach(threads, thread => thread.Join());
        return calls.Sum() / Stopwatch.GetElapsedTime(begin, ends.Max()).TotalSeconds;
    }
}
