using System.Runtime.CompilerServices;
using ConvNet.Interop;

namespace ConvNet;

/// <summary>What convolution and deconvolution have in common: options, weights, bias and a plan.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>; the last two
/// are computed with on CUDA devices only.</typeparam>
public abstract unsafe class BaseConvolutionLayer<T> : Layer<T>
    where T : unmanaged
{
    private protected BaseConvolutionLayer(Device device, ConvolutionOptions options, LayerHandle handle)
        : base(device, handle)
    {
        Options = options;
    }

    /// <summary>What the layer computes.</summary>
    public ConvolutionOptions Options { get; }

    /// <summary>
    /// The weights: [NumOutput, channels/Group, kernel...] of a convolution, [channels, NumOutput/Group, kernel...] of a
    /// deconvolution. As <see cref="Layer{T}.Parameters"/>[0].
    /// </summary>
    /// <exception cref="InvalidOperationException">They do not exist before the first reshape.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public Blob<T> Weights => Parameter(0);

    /// <summary>The bias, [NumOutput], or null without one. As <see cref="Layer{T}.Parameters"/>[1].</summary>
    /// <exception cref="InvalidOperationException">It does not exist before the first reshape.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public Blob<T>? Bias
    {
        get
        {
            ThrowIfDisposed();
            return Options.BiasTerm ? Parameter(1) : null;
        }
    }

    /// <summary>Which engine and algorithms were taken.</summary>
    /// <exception cref="InvalidOperationException">There was no reshape yet.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    public LayerPlan Plan
    {
        get
        {
            cn_layer_plan native = default;
            native.struct_size = (uint)Unsafe.SizeOf<cn_layer_plan>();
            NativeStatus.ThrowIfFailed(NativeMethods.cn_layer_get_plan(NativeHandle, &native));
            return new LayerPlan(
                (Engine)native.engine,
                NativeStatus.Text(native.engine_name),
                NativeStatus.Text(native.forward),
                NativeStatus.Text(native.backward_data),
                NativeStatus.Text(native.backward_filter),
                native.workspace_bytes);
        }
    }

    private protected override bool HasActivation => Options.Activation != Activation.None;

    private protected override Filler? FillerOf(int index) => index == 0 ? Options.WeightFiller : Options.BiasFiller;

    private protected override void CheckBottomShape(Shape bottom) =>
        NativeConvolution.CheckSpatialAxes(Options, bottom);
}
