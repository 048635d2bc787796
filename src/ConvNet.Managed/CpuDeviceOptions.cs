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
}
