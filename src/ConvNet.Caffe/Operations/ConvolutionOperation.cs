using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>Convolution, or its transpose: a <see cref="BaseConvolutionLayer{T}"/> of the core.</summary>
internal sealed class ConvolutionOperation<T>(OperationContext context, BaseConvolutionLayer<T> layer)
    : NativeOperation<T>(context, layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BaseConvolutionLayer<T> _layer = layer;

    public override int ParameterCount => _layer.Options.BiasTerm ? 2 : 1;

    public override Blob<T>? Filters => _layer.Weights;

    public override LayerPlan? Plan => _layer.Plan;

    /// <summary>A Convolution.</summary>
    public static ConvolutionOperation<T> Convolution(OperationContext context) =>
        new(context, new Convolution<T>(context.Device, ConvolutionMapping.ToOptions(context)));

    /// <summary>A Deconvolution.</summary>
    public static ConvolutionOperation<T> Deconvolution(OperationContext context) =>
        new(context, new Deconvolution<T>(context.Device, ConvolutionMapping.ToOptions(context)));
}
