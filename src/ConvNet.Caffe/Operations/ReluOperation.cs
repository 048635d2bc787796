using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>Rectifier: x above 0, negative_slope * x elsewhere.</summary>
internal sealed class ReluOperation<T>(OperationContext context) : Operation<T>(context.Definition)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _slope = T.CreateChecked(context.Parameter.ReluParam?.NegativeSlope ?? 0f);
    private bool _isDone;

    /// <summary>In place the sign of the top tells which side the bottom was on, unless a negative slope turns it.</summary>
    public override bool CanWorkInPlace => _slope >= T.Zero;

    /// <summary>Leaves the work to the convolution that makes the bottom, in the memory of the top, if that can do it.</summary>
    public void TryLeaveTo(ConvolutionOperation<T> producer)
    {
        var slope = context.Parameter.ReluParam?.NegativeSlope ?? 0f;
        if (float.IsFinite(slope) && slope >= 0)
        {
            producer.Rectify(slope);
            _isDone = true;
        }
    }

    public override void Reshape(Blob<T>[] bottoms, Blob<T>[] tops) => tops[0].Reshape(bottoms[0].Shape);

    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        if (_isDone)
        {
            return;
        }
        var x = bottoms[0].Data;
        Elementwise.Run(context.Device, x, x, tops[0].MutableData, (c, v, y) => Rectifier.Run(c, v, y, _slope));
    }

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown)
    {
        if (propagateDown[0])
        {
            Elementwise.Run(
                context.Device, bottoms[0].Data, tops[0].Diff, bottoms[0].MutableDiff,
                (x, topDiff, diff) => Rectifier.Run(x, topDiff, diff, _slope));
        }
    }
}
