using System.Runtime.InteropServices;

namespace ConvNet.Interop;

/// <summary>What a device made and has to take back: a stream, or pinned memory. Keeps the device open.</summary>
internal sealed unsafe class CudaResource : SafeHandle
{
    private readonly DeviceHandle _device;
    private readonly delegate*<DeviceHandle, nint, int> _release;

    public CudaResource(DeviceHandle device, nint value, delegate*<DeviceHandle, nint, int> release)
        : base(0, ownsHandle: true)
    {
        bool held = false;
        device.DangerousAddRef(ref held);
        _device = device;
        _release = release;
        SetHandle(value);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        // The device's handle may be closed, but what it stands for is held here.
        int status = _release(_device, handle);
        _device.DangerousRelease();
        return status == (int)cn_status.CN_OK;
    }
}
