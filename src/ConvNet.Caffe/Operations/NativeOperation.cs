using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>A layer that the core computes: one top for each bottom, all of one shape.</summary>
internal abstract class NativeOperation<T>(OperationContext context) : Operation<T>(context.Definition)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override (int Min, int Max) BottomCount => (1, int.MaxValue);

    public override (int Min, int Max) TopCount => (1, int.MaxValue);

    public override bool IsPairwise => true;

    public override IReadOnlyList<Blob<T>> Parameters => Layer.Parameters;

    /// <summary>What computes.</summary>
    protected abstract Layer<T> Layer { get; }

    public override void Reshape(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        var names = Definition.Parameter.Bottom;
        for (var i = 1; i < bottoms.Length; i++)
        {
            if (bottoms[i].Shape != bottoms[0].Shape)
            {
                throw Definition.Error(
                    $"all bottoms need one shape, but '{names[0]}' is {bottoms[0].Shape} and '{names[i]}' is "
                    + $"{bottoms[i].Shape}");
            }
        }
        Layer.Reshape(bottoms[0].Shape);
        foreach (var top in tops)
        {
            top.Reshape(Layer.TopShape);
        }
    }

    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops) => Layer.Forward(bottoms, tops);

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown) =>
        Layer.Backward(tops, bottoms, propagateDown);

    public override void SetParameter(int index, Blob<T> blob) => Layer.SetParameter(index, blob);

    public override void Freeze(int index) => Layer.SetParamPropagateDown(index, false);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Layer.Dispose();
        }
        base.Dispose(disposing);
    }
}
