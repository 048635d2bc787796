using System.Diagnostics;

namespace ConvNet.Bench;

/// <summary>
/// Threads of a runtime go on spinning for a while after its last call, and would take time from the next one. This
/// waits until the process has used no processor time for a moment.
/// </summary>
internal static class IdleWait
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(4);

    // What the waiting thread itself, and the runtime's own timers, may use in a step.
    private static readonly TimeSpan Nothing = TimeSpan.FromMilliseconds(0.2);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How often it gave up waiting.</summary>
    public static int TimesGivenUp { get; private set; }

    public static void UntilIdle()
    {
        long start = Stopwatch.GetTimestamp(), quietSince = start;
        while (Stopwatch.GetElapsedTime(quietSince) < Quiet)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            Thread.Sleep(Step);
            if (Environment.CpuUsage.TotalTime - before > Nothing)
            {
                quietSince = Stopwatch.GetTimestamp();
            }

            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                TimesGivenUp++;
                return;
            }
        }
    }
}
