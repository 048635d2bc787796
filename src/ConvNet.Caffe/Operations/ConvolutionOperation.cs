using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>Convolution, or its transpose: a <see cref="BaseConvolutionLayer{T}"/> of the core.</summary>
internal sealed class ConvolutionOperation<T> : NativeOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Func<ConvolutionOptions, BaseConvolutionLayer<T>> _create;
    private BaseConvolutionLayer<T> _layer;

    private ConvolutionOperation(
        OperationContext context, Func<ConvolutionOptions, BaseConvolutionLayer<T>> create)
        : base(context)
    {
        _create = create;
        _layer = create(ConvolutionMapping.ToOptions(context));
    }

    public override int ParameterCount => _layer.Options.BiasTerm ? 2 : 1;

    public override Blob<T>? Filters => _layer.Weights;

    public override LayerPlan? Plan => _layer.Plan;

    /// <summary>Whether it computes the rectifier behind it, too.</summary>
    public bool HasActivation => _layer.Options.Activation != Activation.None;

    protected override Layer<T> Layer => _layer;

    /// <summary>A Convolution.</summary>
    public static ConvolutionOperation<T> Convolution(OperationContext context) =>
        new(context, options => new Convolution<T>(context.Device, options));

    /// <summary>A Deconvolution.</summary>
    public static ConvolutionOperation<T> Deconvolution(OperationContext context) =>
        new(context, options => new Deconvolution<T>(context.Device, options));

    /// <summary>Makes a rectifier part of the layer, before it has a shape.</summary>
    public void Rectify(float negativeSlope)
    {
        var options = _layer.Options with { Activation = Activation.Relu, NegativeSlope = negativeSlope };
        _layer.Dispose();
        _layer = _create(options);
    }
}
