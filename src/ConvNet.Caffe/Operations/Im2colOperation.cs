using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>Lays every window of its bottom out as a column.</summary>
internal sealed class Im2colOperation<T>(OperationContext context) : NativeOperation<T>(context)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected override Layer<T> Layer { get; } =
        new Im2col<T>(context.Device, ConvolutionMapping.ToGeometry(context));
}
