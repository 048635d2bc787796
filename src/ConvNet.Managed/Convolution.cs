using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// Convolution (cross-correlation, as everywhere in the field):
/// top[n, g*O+o, i] = bias + sum over c and r of bottom[n, g*C+c, i*stride + r*dilation - pad] * W[g*O+o, c, r], with O and
/// C the channels per group.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>; the last two
/// are computed with on CUDA devices only.</typeparam>
public sealed class Convolution<T> : BaseConvolutionLayer<T>
    where T : unmanaged
{
    /// <summary>Makes the layer on <see cref="Device.Cpu"/>.</summary>
    /// <param name="options">What it computes.</param>
    /// <exception cref="ArgumentException">An option is wrong; its name is the parameter name.</exception>
    /// <exception cref="NotSupportedException">The engine cannot do it, or the device does not compute with
    /// <typeparamref name="T"/>.</exception>
    public Convolution(ConvolutionOptions options)
        : this(Device.Cpu, options)
    {
    }

    /// <summary>Makes the layer.</summary>
    /// <param name="device">Where it computes. The layer keeps it alive.</param>
    /// <param name="options">What it computes.</param>
    /// <exception cref="ArgumentException">An option is wrong; its name is the parameter name.</exception>
    /// <exception cref="NotSupportedException">The engine cannot do it, or the device does not compute with
    /// <typeparamref name="T"/>.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public Convolution(Device device, ConvolutionOptions options)
        : base(device, options, NativeConvolution.CreateConvolution<T>(device, options))
    {
    }
}
