using System.Globalization;

namespace ConvNet.Bench;

/// <summary>Everything that a run of the benchmark has measured.</summary>
/// <param name="Time">When.</param>
/// <param name="Version">Of the library.</param>
/// <param name="Peaks">What the machine can do.</param>
/// <param name="Rows">The table.</param>
internal sealed record Results(DateTimeOffset Time, string Version, Peaks Peaks, IReadOnlyList<Row> Rows)
{
    public ProductContest? Product { get; init; }

    public BandwidthContest? Bandwidth { get; init; }

    public CallersContest? Callers { get; init; }

    public NetContest? Net { get; init; }

    /// <summary>How often the runtimes' threads did not come to rest.</summary>
    public int TimesNotIdle { get; init; }

    /// <summary>Peers that were not measured at all, and why.</summary>
    public IReadOnlyList<string> Unmeasured { get; init; } = [];

    public string Machine => string.Create(CultureInfo.InvariantCulture, $"""
        {Peaks.Processor}, {Peaks.Threads} threads, {Peaks.InstructionSet};
        multiply-add peak {Peaks.ThreadGflops:0} GFLOP/s on one thread, {Peaks.Gflops:0} on all;
        copying moves {Peaks.ThreadCopy:0} GB/s on one thread, {Peaks.Copy:0} on all
        """);
}
