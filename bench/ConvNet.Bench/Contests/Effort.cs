namespace ConvNet.Bench;

/// <summary>How long things are measured.</summary>
internal sealed record Effort
{
    public static Effort Full { get; } = new()
    {
        Rounds = 7,
        LongRounds = 5,
        Long = TimeSpan.FromMilliseconds(200),
        Burst = TimeSpan.FromMilliseconds(10),
        WarmUp = TimeSpan.FromMilliseconds(12),
        ComparedBatch = long.MaxValue,
        Everything = true,
    };

    public static Effort Quick { get; } = new()
    {
        Rounds = 2,
        LongRounds = 1,
        Long = TimeSpan.FromMilliseconds(20),
        Burst = TimeSpan.FromMilliseconds(4),
        WarmUp = TimeSpan.FromMilliseconds(3),
        ComparedBatch = 1,
        Everything = false,
    };

    /// <summary>Rounds in which everybody is measured once.</summary>
    public required int Rounds { get; init; }

    /// <summary>Rounds when a call takes <see cref="Long"/>, in the mean over everybody.</summary>
    public required int LongRounds { get; init; }

    /// <summary>Calls as long as this are not warmed up for: a cold start costs too small a part of them.</summary>
    public required TimeSpan Long { get; init; }

    /// <summary>A call shorter than this is repeated until it is reached.</summary>
    public required TimeSpan Burst { get; init; }

    /// <summary>
    /// How long calls are made before a burst, one at least. Processors that were idle take about 8 ms to be as fast as
    /// they can, and the scheduler some of that to give each thread one of its own.
    /// </summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>The largest batch at which results are compared.</summary>
    public required long ComparedBatch { get; init; }

    /// <summary>
    /// Whether what decides no gate is measured, too: rows on one thread, the engines that were not chosen, oneDNN
    /// without its reorders, and Caffe's algorithm with large batches, where it is slow.
    /// </summary>
    public required bool Everything { get; init; }
}
