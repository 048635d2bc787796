namespace ConvNet;

/// <summary>What a device is, and what it has used.</summary>
public sealed record DeviceInfo
{
    /// <summary>What kind of device it is.</summary>
    public DeviceKind Kind { get; init; }

    /// <summary>Which device of its kind, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Threads that share the work, the caller's included.</summary>
    public int Threads { get; init; }

    /// <summary>Most bytes of workspace at one time.</summary>
    public long WorkspaceLimitBytes { get; init; }

    /// <summary>Most bytes of blobs and workspace together; 0: no limit.</summary>
    public long MemoryLimitBytes { get; init; }

    /// <summary>Bytes of blobs and workspace allocated now.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of workspace allocated now, lent or cached.</summary>
    public long WorkspaceBytes { get; init; }

    /// <summary>Most bytes of workspace that were lent at one time since the last reset.</summary>
    public long WorkspacePeakBytes { get; init; }

    /// <summary>Times a tile of columns was gathered since the last reset.</summary>
    public long Im2colCalls { get; init; }

    /// <summary>Times a tile of columns was summed back since the last reset.</summary>
    public long Col2imCalls { get; init; }

    /// <summary>Matrix products since the last reset; a batch counts once.</summary>
    public long GemmCalls { get; init; }

    /// <summary>Instruction set of the CPU kernels, for example "avx512"; empty on other devices.</summary>
    public string InstructionSet { get; init; } = "";
}
