namespace ConvNet;

/// <summary>How a CUDA device is opened. The defaults are those of the native library.</summary>
public sealed record CudaDeviceOptions
{
    /// <summary>Most bytes of workspace at one time; 0: 1 GiB, or an eighth of the device's memory where that is less.</summary>
    public long WorkspaceLimitBytes { get; init; }

    /// <summary>Most bytes of blobs and workspace together; 0: no limit.</summary>
    public long MemoryLimitBytes { get; init; }

    /// <summary>Whether only algorithms are taken that give the same bits every time.</summary>
    public bool Deterministic { get; init; }

    /// <summary>Whether float values may be rounded to TF32 in products, but for layers of <see cref="Accuracy.Strict"/>.</summary>
    public bool AllowTf32 { get; init; }

    /// <summary>Whether the algorithms of cuDNN are timed, when a pass first runs with a shape; otherwise its heuristics choose.</summary>
    public bool Autotune { get; init; }
}
