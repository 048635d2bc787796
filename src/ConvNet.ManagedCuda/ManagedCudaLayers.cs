using System.Runtime.CompilerServices;
using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace ConvNet.ManagedCuda;

/// <summary>
/// Layers over variables and streams of ManagedCuda, without a copy. Both libraries must use the primary context of one
/// device: on ManagedCuda's side that is a <see cref="PrimaryContext"/>, on ConvNet's every CUDA device.
/// </summary>
public static class ManagedCudaLayers
{
    /// <summary>Computes a top from a bottom. The work is queued on the device's stream; the variables must stay until it
    /// is done.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="layer">A layer on the CUDA device of the variables, reshaped.</param>
    /// <param name="bottom">As many values as the layer's bottom has.</param>
    /// <param name="top">Room for as many values as the layer's top has; overwritten.</param>
    /// <exception cref="ArgumentException">A size is wrong, or the variables overlap.</exception>
    /// <exception cref="InvalidOperationException">The layer has no shape yet, or another thread uses it.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public static void Forward<T>(this Layer<T> layer, CudaDeviceVariable<T> bottom, CudaDeviceVariable<T> top)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(bottom);
        ArgumentNullException.ThrowIfNull(top);
        layer.Forward(MemoryOf(bottom), MemoryOf(top));
    }

    /// <summary>Computes gradients; those of the parameters are added to the layer's.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="layer">A layer on the CUDA device of the variables, reshaped.</param>
    /// <param name="topDiff">The gradients of the top.</param>
    /// <param name="bottom">The values of the bottom, as forward had them.</param>
    /// <param name="bottomDiff">Overwritten by the gradients of the bottom; null when they are not wanted.</param>
    /// <exception cref="ArgumentException">A size is wrong, or <paramref name="bottomDiff"/> overlaps another.</exception>
    /// <exception cref="InvalidOperationException">The layer has no shape yet, or another thread uses it.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public static void Backward<T>(this Layer<T> layer, CudaDeviceVariable<T> topDiff, CudaDeviceVariable<T> bottom,
        CudaDeviceVariable<T>? bottomDiff)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(topDiff);
        ArgumentNullException.ThrowIfNull(bottom);
        layer.Backward(MemoryOf(topDiff), MemoryOf(bottom), bottomDiff is null ? default : MemoryOf(bottomDiff));
    }

    /// <summary>Makes a device queue its work on a stream of ManagedCuda, after what it has queued before.</summary>
    /// <param name="device">A CUDA device.</param>
    /// <param name="stream">The stream, which must outlive its use.</param>
    /// <exception cref="NotSupportedException">It is not a CUDA device.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public static void UseStream(this Device device, global::ManagedCuda.CudaStream stream)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(stream);
        device.Stream = new CudaStream(stream.Stream.Pointer);
    }

    /// <summary>The values of a blob as a variable of ManagedCuda, which does not own them: valid while the blob is
    /// reachable, not disposed and not reshaped to something larger.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="blob">A blob on a CUDA device.</param>
    /// <returns>The variable.</returns>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public static CudaDeviceVariable<T> DataAsVariable<T>(this Blob<T> blob)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(blob);
        return VariableOver(blob.GetDataMemory());
    }

    /// <summary>The gradients of a blob as a variable of ManagedCuda; as <see cref="DataAsVariable"/>.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="blob">A blob on a CUDA device.</param>
    /// <returns>The variable.</returns>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public static CudaDeviceVariable<T> DiffAsVariable<T>(this Blob<T> blob)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(blob);
        return VariableOver(blob.GetDiffMemory());
    }

    private static DeviceMemory<T> MemoryOf<T>(CudaDeviceVariable<T> variable)
        where T : unmanaged =>
        new((nint)(ulong)variable.DevicePointer.Pointer, variable.Size);

    // A variable's size is in bytes when it is made, and in elements when it is asked.
    private static CudaDeviceVariable<T> VariableOver<T>(DeviceMemory<T> memory)
        where T : unmanaged =>
        new(new CUdeviceptr((SizeT)(ulong)memory.Address), (SizeT)(ulong)(memory.Count * Unsafe.SizeOf<T>()));
}
