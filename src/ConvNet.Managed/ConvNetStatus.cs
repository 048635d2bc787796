namespace ConvNet;

/// <summary>What the native library answered.</summary>
public enum ConvNetStatus
{
    /// <summary>The call did what it says.</summary>
    Ok = 0,

    /// <summary>An argument is wrong: <see cref="ArgumentException"/>.</summary>
    InvalidArgument = 1,

    /// <summary>Memory or a byte limit was exhausted: <see cref="OutOfMemoryException"/>.</summary>
    OutOfMemory = 2,

    /// <summary>Not possible with this engine, device or build: <see cref="NotSupportedException"/>.</summary>
    Unsupported = 3,

    /// <summary>A call that must come first is missing: <see cref="InvalidOperationException"/>.</summary>
    InvalidState = 4,

    /// <summary>The device or its driver failed: <see cref="ConvNetException"/>.</summary>
    DeviceError = 5,

    /// <summary>A fault of the library, please report it: <see cref="ConvNetException"/>.</summary>
    InternalError = 6,
}
