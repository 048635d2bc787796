using System.Numerics;
using ConvNet.Caffe.Proto;
using Mode = ConvNet.Caffe.Proto.LossParameter.Types.NormalizationMode;

namespace ConvNet.Caffe.Operations;

/// <summary>
/// Cross entropy of targets t in [0, 1] and the sigmoid of logits x:
/// -sum (t log s(x) + (1 - t) log(1 - s(x))), divided by the batch size unless <c>loss_param</c> says otherwise.
/// </summary>
/// <remarks>
/// Computed as max(x, 0) - x t + log(1 + exp(-|x|)), where no exponential overflows. Its gradient is s(x) - t.
/// </remarks>
internal sealed class SigmoidCrossEntropyLossOperation<T>(OperationContext context) : LossOperation<T>(context)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LossParameter _loss = context.Parameter.LossParam ?? new LossParameter();

    /// <summary>The targets have no gradient.</summary>
    public override bool CanPropagateTo(int bottom) => bottom == 0;

    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        var logits = bottoms[0].Data;
        var targets = bottoms[1].Data;
        var sum = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (!IsIgnored(targets[i]))
            {
                var (x, t) = (double.CreateTruncating(logits[i]), double.CreateTruncating(targets[i]));
                sum += Math.Max(x, 0) - (x * t) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
            }
        }
        tops[0].MutableData[0] = T.CreateTruncating(sum / Normalizer(bottoms));
    }

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown)
    {
        if (!propagateDown[0])
        {
            return;
        }
        var logits = bottoms[0].Data;
        var targets = bottoms[1].Data;
        var diff = bottoms[0].MutableDiff;
        var scale = tops[0].Diff[0] / T.CreateTruncating(Normalizer(bottoms));
        for (var i = 0; i < diff.Length; i++)
        {
            diff[i] = IsIgnored(targets[i])
                ? T.Zero
                : scale * ((T.One / (T.One + T.Exp(-logits[i]))) - targets[i]);
        }
    }

    private bool IsIgnored(T target) =>
        _loss.HasIgnoreLabel && T.Truncate(target) == T.CreateTruncating(_loss.IgnoreLabel);

    private double Normalizer(Blob<T>[] bottoms)
    {
        var mode = _loss.HasNormalization ? _loss.Normalization
            : _loss.HasNormalize && _loss.Normalize ? Mode.Valid : Mode.BatchSize;
        var divisor = mode switch
        {
            Mode.Full => bottoms[0].Count,
            Mode.Valid => CountValid(bottoms[1].Data),
            Mode.BatchSize => BatchSize(bottoms[0].Shape),
            _ => 1,
        };
        return Math.Max(1, divisor);
    }

    private long CountValid(ReadOnlySpan<T> targets)
    {
        long count = 0;
        foreach (var target in targets)
        {
            count += IsIgnored(target) ? 0 : 1;
        }
        return count;
    }
}
