namespace ConvNet;

/// <summary>
/// Memory of the caller on a layer's device, by its address: what libraries such as ManagedCuda call a device pointer.
/// Nothing here can check it, so that a wrong one fails on the device.
/// </summary>
/// <typeparam name="T">The type of its elements.</typeparam>
/// <param name="Address">The first element.</param>
/// <param name="Count">The number of elements.</param>
public readonly record struct DeviceMemory<T>(nint Address, long Count)
    where T : unmanaged;
