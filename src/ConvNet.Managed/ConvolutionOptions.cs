namespace ConvNet;

/// <summary>
/// What a convolution or deconvolution computes. Immutable; names and defaults are Caffe's. With
/// E = Dilation*(Kernel-1)+1 on each spatial axis, convolution gives out = floor((in + 2*Pad - E) / Stride) + 1 and
/// deconvolution out = Stride*(in-1) + E - 2*Pad.
/// </summary>
/// <remarks>
/// Kernel, stride and pad are given either for all axes at once or, with exactly two spatial axes, by their H and W
/// forms. Wrong options are found when a layer is made of them, and what depends on the input when the layer is
/// reshaped; the exception names the property.
/// </remarks>
public sealed record ConvolutionOptions
{
    /// <summary>Channels of the output, 1 or more.</summary>
    public long NumOutput { get; init; }

    /// <summary>Whether a bias is added.</summary>
    public bool BiasTerm { get; init; } = true;

    /// <summary>Groups that input channels and <see cref="NumOutput"/> are divided into, 1 or more.</summary>
    public long Group { get; init; } = 1;

    /// <summary>Extent of the kernel, 1 or more; one value or one per spatial axis.</summary>
    public PerAxis Kernel { get; init; } = PerAxis.None;

    /// <summary>Stride, 1 or more; 1 when not given.</summary>
    public PerAxis Stride { get; init; } = PerAxis.None;

    /// <summary>Padding of both ends, 0 or more; 0 when not given. A deconvolution removes it from its output.</summary>
    public PerAxis Pad { get; init; } = PerAxis.None;

    /// <summary>Distance of the kernel's taps, 1 or more; 1 when not given.</summary>
    public PerAxis Dilation { get; init; } = PerAxis.None;

    /// <summary>Height of the kernel; needs <see cref="KernelW"/>.</summary>
    public long? KernelH { get; init; }

    /// <summary>Width of the kernel; needs <see cref="KernelH"/>.</summary>
    public long? KernelW { get; init; }

    /// <summary>Vertical stride; needs <see cref="StrideW"/>.</summary>
    public long? StrideH { get; init; }

    /// <summary>Horizontal stride; needs <see cref="StrideH"/>.</summary>
    public long? StrideW { get; init; }

    /// <summary>Vertical padding; 0 when only <see cref="PadW"/> is given.</summary>
    public long? PadH { get; init; }

    /// <summary>Horizontal padding; 0 when only <see cref="PadH"/> is given.</summary>
    public long? PadW { get; init; }

    /// <summary>
    /// The channel axis, or with <see cref="TensorLayout.ChannelsLast"/> the first spatial axis; negative counts from the
    /// end. Axes before it are batch, others but the channels spatial.
    /// </summary>
    public int Axis { get; init; } = 1;

    /// <summary>Use the path for any number of axes also where there is a faster one.</summary>
    public bool ForceNdIm2col { get; init; }

    /// <summary>Who computes.</summary>
    public Engine Engine { get; init; } = Engine.Auto;

    /// <summary>How far results may be from exact arithmetic.</summary>
    public Accuracy Accuracy { get; init; } = Accuracy.Default;

    /// <summary>What is done to the sums as they are written, where it costs less than by a layer of its own.</summary>
    public Activation Activation { get; init; } = Activation.None;

    /// <summary>
    /// What <see cref="Activation.Relu"/> multiplies sums by that are not above 0: 0, or more for a leaky one; finite, and
    /// 0 without an activation. It is never negative, so that the sign of a result is that of its sum.
    /// </summary>
    public float NegativeSlope { get; init; }

    /// <summary>The order of the axes of bottoms and tops.</summary>
    public TensorLayout Layout { get; init; } = TensorLayout.ChannelsFirst;

    /// <summary>What the weights start from; null leaves them 0, as Caffe does.</summary>
    public Filler? WeightFiller { get; init; }

    /// <summary>What the bias starts from; null leaves it 0, as Caffe does.</summary>
    public Filler? BiasFiller { get; init; }
}
