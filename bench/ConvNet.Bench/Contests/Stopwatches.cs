using System.Diagnostics;

namespace ConvNet.Bench;

/// <summary>Times calls.</summary>
internal static class Stopwatches
{
    /// <summary>
    /// One list of milliseconds for each contender, in rounds that measure everybody once. Whatever the machine does
    /// besides, it does to all, and the order is another in every round. Each burst waits for an idle process. What a
    /// first call has to do once, such as preparing weights, counts for nobody.
    /// </summary>
    public static double[][] Rounds(IReadOnlyList<Action> contenders, Effort effort)
    {
        List<double>[] times = [.. contenders.Select(_ => new List<double>())];
        foreach (Action contender in contenders)
        {
            contender();
        }

        int rounds = effort.Rounds;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < times.Length; i++)
            {
                int turn = (i + round) % times.Length;
                IdleWait.UntilIdle();
                times[turn].Add(Burst(contenders[turn], effort));
            }

            if (times.Average(list => list[0]) >= effort.Long.TotalMilliseconds)
            {
                rounds = Math.Min(rounds, effort.LongRounds);
            }
        }

        return [.. times.Select(list => list.ToArray())];
    }

    /// <summary>Milliseconds of one call: warms up, and takes the mean of a burst.</summary>
    private static double Burst(Action call, Effort effort)
    {
        double once = CallFor(call, effort.WarmUp);
        if (once >= effort.Long.TotalMilliseconds)
        {
            return once;
        }

        int calls = (int)Math.Clamp(Math.Ceiling(effort.Burst.TotalMilliseconds / once), 1, int.MaxValue);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            call();
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }

    private static double CallFor(Action call, TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        int calls = 0;
        do
        {
            call();
            calls++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < duration);
        return Math.Max(elapsed.TotalMilliseconds / calls, 1e-6);
    }
}
