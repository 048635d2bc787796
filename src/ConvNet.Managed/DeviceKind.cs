namespace ConvNet;

/// <summary>Kinds of devices, numbered as in DLPack.</summary>
public enum DeviceKind
{
    /// <summary>None; no device has this kind.</summary>
    None = 0,

    /// <summary>The host's processors.</summary>
    Cpu = 1,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda = 2,
}
