using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>A loss of two bottoms with equal counts; the top is one number.</summary>
internal abstract class LossOperation<T>(OperationContext context) : Operation<T>(context.Definition)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override (int Min, int Max) BottomCount => (2, 2);

    public override bool IsLoss => true;

    public override void Reshape(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        var (a, b) = (bottoms[0].Shape, bottoms[1].Shape);
        var (nameA, nameB) = (Definition.Parameter.Bottom[0], Definition.Parameter.Bottom[1]);
        if (a.Count != b.Count)
        {
            throw Definition.Error(
                $"its bottoms need equally many values, but '{nameA}' is {a} and '{nameB}' is {b}: "
                + $"{a.Count} vs. {b.Count}{Ratio(nameA, a.Count, nameB, b.Count)}. Change the layer that makes one of them "
                + "(num_output, kernel, stride or pad) or the shape that is given for an input");
        }
        if (BatchSize(a) != BatchSize(b))
        {
            throw Definition.Error(
                $"its bottoms need one batch size, but '{nameA}' is {a} and '{nameB}' is {b}: "
                + $"{BatchSize(a)} vs. {BatchSize(b)}");
        }
        tops[0].Reshape(Shape.Scalar);
    }

    /// <summary>The first extent; 1 for a single number.</summary>
    protected static long BatchSize(Shape shape) => shape.Rank == 0 ? 1 : shape[0];

    private static string Ratio(string nameA, long a, string nameB, long b) => (a % b, b % a) switch
    {
        (0, _) => $" ('{nameA}' has {a / b} times as many)",
        (_, 0) => $" ('{nameB}' has {b / a} times as many)",
        _ => "",
    };
}
