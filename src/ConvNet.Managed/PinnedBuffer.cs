using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// Memory of the host that a CUDA device copies from and to at full speed: give its <see cref="Span"/> to
/// <see cref="Blob{T}.CopyFrom(ReadOnlySpan{T})"/> and <see cref="Blob{T}.CopyTo"/>. Spans are valid until it is disposed.
/// </summary>
/// <typeparam name="T">The type of its elements.</typeparam>
public sealed unsafe class PinnedBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly CudaResource _memory;

    /// <summary>Allocates a buffer.</summary>
    /// <param name="device">A CUDA device. The buffer keeps it alive.</param>
    /// <param name="length">The number of elements, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive.</exception>
    /// <exception cref="NotSupportedException">It is not a CUDA device.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory is exhausted.</exception>
    public PinnedBuffer(Device device, int length)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        void* memory;
        NativeStatus.ThrowIfFailed(
            NativeMethods.cn_device_allocate_pinned(device.Handle, (long)length * sizeof(T), &memory));
        _memory = new CudaResource(device.Handle, (nint)memory, &Free);
        Length = length;
    }

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>The elements.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Span<T> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
            return new Span<T>((void*)_memory.DangerousGetHandle(), Length);
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _memory.Dispose();

    private static int Free(DeviceHandle device, nint memory) =>
        NativeMethods.cn_device_free_pinned(device, (void*)memory);
}
