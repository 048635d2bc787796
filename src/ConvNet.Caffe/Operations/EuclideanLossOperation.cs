using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>Half the squared distance of the two bottoms, for one sample of the batch: sum (a - b)^2 / (2N).</summary>
internal sealed class EuclideanLossOperation<T>(OperationContext context) : LossOperation<T>(context)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        var a = bottoms[0].Data;
        var b = bottoms[1].Data;
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = double.CreateTruncating(a[i] - b[i]);
            sum += difference * difference;
        }
        tops[0].MutableData[0] = T.CreateTruncating(sum / (2.0 * BatchSize(bottoms[0].Shape)));
    }

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown)
    {
        var a = bottoms[0].Data;
        var b = bottoms[1].Data;
        var scale = tops[0].Diff[0] / T.CreateChecked(BatchSize(bottoms[0].Shape));
        for (var k = 0; k < 2; k++)
        {
            if (!propagateDown[k])
            {
                continue;
            }
            var signed = k == 0 ? scale : -scale;
            var diff = bottoms[k].MutableDiff;
            for (var i = 0; i < diff.Length; i++)
            {
                diff[i] = signed * (a[i] - b[i]);
            }
        }
    }
}
