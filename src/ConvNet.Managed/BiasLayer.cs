using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// Adds a parameter of shape bottom[Axis .. Axis+NumAxes) to its bottom, repeated along the other axes. It may write in
/// place: the top may be the bottom's own memory.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>; the last two
/// are computed with on CUDA devices only.</typeparam>
public sealed class BiasLayer<T> : Layer<T>
    where T : unmanaged
{
    /// <summary>Makes the layer on <see cref="Device.Cpu"/>.</summary>
    /// <param name="axis">The first axis of the bias; negative counts from the end.</param>
    /// <param name="numAxes">How many axes the bias has; 0 makes it a scalar, -1 takes all axes from there on.</param>
    /// <exception cref="ArgumentException"><paramref name="numAxes"/> is less than -1.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no such type.</exception>
    public BiasLayer(int axis, int numAxes)
        : this(Device.Cpu, axis, numAxes)
    {
    }

    /// <summary>Makes the layer.</summary>
    /// <param name="device">Where it computes. The layer keeps it alive.</param>
    /// <param name="axis">The first axis of the bias; negative counts from the end.</param>
    /// <param name="numAxes">How many axes the bias has; 0 makes it a scalar, -1 takes all axes from there on.</param>
    /// <exception cref="ArgumentException"><paramref name="numAxes"/> is less than -1.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no such type.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public BiasLayer(Device device, int axis = 1, int numAxes = 1)
        : base(device, Create(device, axis, numAxes))
    {
        Axis = axis;
        NumAxes = numAxes;
    }

    /// <summary>The first axis of the bias.</summary>
    public int Axis { get; }

    /// <summary>How many axes the bias has.</summary>
    public int NumAxes { get; }

    /// <summary>The bias. As <see cref="Layer{T}.Parameters"/>[0].</summary>
    /// <exception cref="InvalidOperationException">It does not exist before the first reshape.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public Blob<T> Bias => Parameter(0);

    private protected override bool MayWriteInPlace => true;

    private static LayerHandle Create(Device device, int axis, int numAxes)
    {
        ArgumentNullException.ThrowIfNull(device);
        int status = NativeMethods.cn_layer_create_bias(
            out LayerHandle layer, device.Handle, ElementType.Of<T>(), axis, numAxes);
        NativeStatus.ThrowIfFailed(status);
        return layer;
    }
}
