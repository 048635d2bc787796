using System.Runtime.CompilerServices;

namespace ConvNet.Tests;

/// <summary>Leaving things to the garbage collector, on purpose.</summary>
internal static class Garbage
{
    /// <summary>Finalizes everything that is unreachable.</summary>
    public static void Collect()
    {
        // Twice: what the first finalizers let go of is found by the second.
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>What is alive, without garbage of earlier tests and without cached workspace.</summary>
    public static LiveCounts Survivors()
    {
        Collect();
        Device.Cpu.Trim();
        return ConvNetRuntime.GetLiveCounts();
    }

    /// <summary>Runs something whose locals must be gone when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Drop(Action make) => make();
}
