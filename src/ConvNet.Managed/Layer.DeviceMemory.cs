using ConvNet.Interop;

namespace ConvNet;

/// <content>Passes over the caller's memory on the device, whose shape is the layer's.</content>
public abstract unsafe partial class Layer<T>
{
    /// <summary>
    /// Computes a top from a bottom in the caller's memory on the layer's device, without a copy. On a CUDA device the
    /// work is queued on <see cref="Device.Stream"/>; the memory must stay until it is done.
    /// </summary>
    /// <param name="bottom">As many values as <see cref="BottomShape"/> has.</param>
    /// <param name="top">Room for as many values as <see cref="TopShape"/> has; overwritten.</param>
    /// <exception cref="ArgumentException">A count is wrong, or they overlap.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, or another thread uses the
    /// layer.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Forward(DeviceMemory<T> bottom, DeviceMemory<T> top)
    {
        Shape shape = ReshapedBottom();
        CheckMemory(bottom, shape, nameof(bottom));
        CheckMemory(top, _topShape!, nameof(top));
        Forward((T*)bottom.Address, (T*)top.Address, ArgumentStyle.Spans);
    }

    /// <summary>
    /// Computes gradients in the caller's memory on the layer's device; as the overload over spans. For layers without an
    /// activation.
    /// </summary>
    /// <param name="topDiff">The gradients of the top, as many as <see cref="TopShape"/> has.</param>
    /// <param name="bottom">The values of the bottom, as many as <see cref="BottomShape"/> has.</param>
    /// <param name="bottomDiff">Overwritten by the gradients of the bottom; default when they are not wanted.</param>
    /// <exception cref="ArgumentException">A count is wrong, or <paramref name="bottomDiff"/> overlaps another.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, another thread uses the
    /// layer, or it has an activation.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(DeviceMemory<T> topDiff, DeviceMemory<T> bottom, DeviceMemory<T> bottomDiff)
    {
        CheckNoActivation();
        Backward(default, topDiff, bottom, bottomDiff);
    }

    /// <summary>
    /// Computes gradients in the caller's memory on the layer's device; as the overload without a top, and for layers with
    /// an activation, too.
    /// </summary>
    /// <param name="top">The values of the top as forward left them, as many as <see cref="TopShape"/> has; default where
    /// the layer has no activation.</param>
    /// <param name="topDiff">The gradients of the top, as many as <see cref="TopShape"/> has.</param>
    /// <param name="bottom">The values of the bottom, as many as <see cref="BottomShape"/> has.</param>
    /// <param name="bottomDiff">Overwritten by the gradients of the bottom; default when they are not wanted.</param>
    /// <exception cref="ArgumentException">A count is wrong, or <paramref name="bottomDiff"/> overlaps another.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, or another thread uses the
    /// layer.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(
        DeviceMemory<T> top, DeviceMemory<T> topDiff, DeviceMemory<T> bottom, DeviceMemory<T> bottomDiff)
    {
        Shape shape = ReshapedBottom();
        if (HasActivation || top != default)
        {
            CheckMemory(top, _topShape!, nameof(top));
        }

        CheckMemory(topDiff, _topShape!, nameof(topDiff));
        CheckMemory(bottom, shape, nameof(bottom));
        if (bottomDiff != default)
        {
            CheckMemory(bottomDiff, shape, nameof(bottomDiff));
        }

        Backward(
            (T*)top.Address, (T*)topDiff.Address, (T*)bottom.Address, (T*)bottomDiff.Address, ArgumentStyle.Spans);
    }

    private static void CheckMemory(DeviceMemory<T> memory, Shape shape, string name)
    {
        if (memory.Count != shape.Count)
        {
            throw new ArgumentException(
                $"{name} has {memory.Count} elements; shape {shape.Describe()} needs {shape.Count}.", name);
        }
    }

    /// <summary>Spans are memory of the host, which only a CPU computes in.</summary>
    private void CheckHost()
    {
        if (Device.NativeType != (int)DeviceKind.Cpu)
        {
            throw new InvalidOperationException(
                $"Spans are memory of the host, but the layer computes on {Device}; copy the values to a Blob there, or give its DeviceMemory.");
        }
    }

    /// <summary>The storage of a blob that is where the layer computes.</summary>
    private BlobStorage Here(Blob<T> blob, string name)
    {
        if (!ReferenceEquals(blob.Device, Device))
        {
            Check.SameDevice(blob.Device, Device, name);
        }

        return blob.Storage;
    }
}
