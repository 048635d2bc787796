namespace ConvNet;

/// <summary>How a CPU device is made. The defaults are those of the native library.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>Threads that share the work; 0: one per core of this process.</summary>
    public int Threads { get; init; }

    /// <summary>Most bytes of workspace at one time; 0: 64 MiB.</summary>
    public long WorkspaceLimitBytes { get; init; }

    /// <summary>Most bytes of blobs and workspace together; 0: no limit.</summary>
    public long MemoryLimitBytes { get; init; }

    /// <summary>
    /// Whether the methods of the direct engine are timed when a shape is first seen, in workspace, and the fastest is kept
    /// for the device's life; otherwise they are estimated. Which is fastest may differ from run to run, and so may the
    /// last bits of results.
    /// </summary>
    public bool Autotune { get; init; }
}
