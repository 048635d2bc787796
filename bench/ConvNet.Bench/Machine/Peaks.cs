using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ConvNet.Bench;

/// <summary>What the machine can do at most.</summary>
/// <param name="Processor">Its name.</param>
/// <param name="Threads">Threads of the library's default device.</param>
/// <param name="InstructionSet">What the library's kernels use.</param>
/// <param name="ThreadGflops">Multiplications and additions per second on one thread, in billions.</param>
/// <param name="Gflops">On all threads.</param>
/// <param name="ThreadCopy">Bytes read and written per second by copying on one thread, in billions.</param>
/// <param name="Copy">On all threads.</param>
internal sealed record Peaks(
    string Processor, int Threads, string InstructionSet, double ThreadGflops, double Gflops, double ThreadCopy,
    double Copy)
{
    // Far more than the caches hold.
    private const long CopiedBytes = 256L << 20;

    public static Peaks Measure()
    {
        int threads = Device.Cpu.Threads;
        const double billion = 1e9;
        IdleWait.UntilIdle();
        return new Peaks(ProcessorName(), threads, Device.Cpu.GetInfo().InstructionSet,
            NativePeers.MultiplyAddPeak(1) / billion, NativePeers.MultiplyAddPeak(threads) / billion,
            CopyBandwidth(1) / billion, CopyBandwidth(threads) / billion);
    }

    public double GflopsOf(int threads) => threads == 1 ? ThreadGflops : Gflops;

    private static unsafe double CopyBandwidth(int threads)
    {
        using CopyBuffers buffers = new(CopiedBytes);
        double best = 0;
        const int runs = 9;
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            buffers.Copy(threads);
            best = Math.Max(best, 2 * CopiedBytes / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static string ProcessorName()
    {
        const string cpuInfo = "/proc/cpuinfo";
        string? line = File.Exists(cpuInfo)
            ? File.ReadLines(cpuInfo).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
