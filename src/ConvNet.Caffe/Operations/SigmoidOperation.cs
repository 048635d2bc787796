using System.Numerics;
using System.Numerics.Tensors;

namespace ConvNet.Caffe.Operations;

/// <summary>y = 1 / (1 + exp(-x)).</summary>
internal sealed class SigmoidOperation<T>(OperationContext context) : Operation<T>(context.Definition)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override bool CanWorkInPlace => true;

    public override bool BackwardReadsTops => true;

    public override void Reshape(Blob<T>[] bottoms, Blob<T>[] tops) => tops[0].Reshape(bottoms[0].Shape);

    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        var x = bottoms[0].Data;
        Elementwise.Run(context.Device, x, x, tops[0].MutableData, (v, _, y) => TensorPrimitives.Sigmoid(v, y));
    }

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown)
    {
        if (!propagateDown[0])
        {
            return;
        }
        Elementwise.Run(
            context.Device, tops[0].Data, tops[0].Diff, bottoms[0].MutableDiff,
            static (y, topDiff, diff) =>
            {
                for (var i = 0; i < diff.Length; i++)
                {
                    diff[i] = topDiff[i] * y[i] * (T.One - y[i]);
                }
            });
    }
}
