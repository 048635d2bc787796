using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// Lays every window of its input out as a column: [batch..., channels, in...] becomes
/// [batch..., channels*prod(kernel), out...]. It has no parameters.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>; the last two
/// are computed with on CUDA devices only.</typeparam>
public sealed class Im2col<T> : Layer<T>
    where T : unmanaged
{
    /// <summary>Makes the layer on <see cref="Device.Cpu"/>.</summary>
    /// <param name="options">Kernel, stride, pad, dilation, axis and the N-D switch are read;
    /// <see cref="ConvolutionOptions.NumOutput"/> must be 0, <see cref="ConvolutionOptions.Group"/> 1 and
    /// <see cref="ConvolutionOptions.Layout"/> channels first.</param>
    /// <exception cref="ArgumentException">An option is wrong; its name is the parameter name.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no such type.</exception>
    public Im2col(ConvolutionOptions options)
        : this(Device.Cpu, options)
    {
    }

    /// <summary>Makes the layer.</summary>
    /// <param name="device">Where it computes. The layer keeps it alive.</param>
    /// <param name="options">As in the other constructor.</param>
    /// <exception cref="ArgumentException">An option is wrong; its name is the parameter name.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no such type.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public Im2col(Device device, ConvolutionOptions options)
        : base(device, NativeConvolution.CreateIm2col<T>(device, options))
    {
        Options = options;
    }

    /// <summary>What the layer computes.</summary>
    public ConvolutionOptions Options { get; }

    private protected override void CheckBottomShape(Shape bottom) =>
        NativeConvolution.CheckSpatialAxes(Options, bottom);
}
