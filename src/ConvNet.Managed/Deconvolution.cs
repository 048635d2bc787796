using ConvNet.Interop;

namespace ConvNet;

/// <summary>
/// Deconvolution (transposed convolution), whose forward is the backward pass of a convolution with the same options:
/// top[n, g*O+o, i*stride + r*dilation - pad] += bottom[n, g*C+c, i] * W[g*C+c, o, r], with O and C the channels per group.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>; the last two
/// are computed with on CUDA devices only.</typeparam>
public sealed class Deconvolution<T> : BaseConvolutionLayer<T>
    where T : unmanaged
{
    /// <summary>Makes the layer on <see cref="Device.Cpu"/>.</summary>
    /// <param name="options">What it computes.</param>
    /// <exception cref="ArgumentException">An option is wrong; its name is the parameter name.</exception>
    /// <exception cref="NotSupportedException">The engine cannot do it, or the device does not compute with
    /// <typeparamref name="T"/>.</exception>
    public Deconvolution(ConvolutionOptions options)
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
    public Deconvolution(Device device, ConvolutionOptions options)
        : base(device, options, NativeConvolution.CreateDeconvolution<T>(device, options))
    {
    }
}
