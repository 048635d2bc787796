using System.Numerics;

namespace ConvNet.Caffe.Operations;

/// <summary>
/// A layer that data comes from. Whatever its type, the caller gives the values; the description gives shapes at most.
/// </summary>
internal sealed class InputOperation<T>(OperationContext context) : Operation<T>(context.Definition)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override (int Min, int Max) BottomCount => (0, 0);

    public override (int Min, int Max) TopCount => (1, int.MaxValue);

    public override bool IsInput => true;

    public override Shape? DeclaredShape(int top)
    {
        var parameter = Definition.Parameter;
        if (parameter.InputParam is { Shape.Count: > 0 } input)
        {
            if (input.Shape.Count != 1 && input.Shape.Count != parameter.Top.Count)
            {
                throw Definition.Error(
                    $"input_param has {input.Shape.Count} shapes for {parameter.Top.Count} tops; give one for all or "
                    + "one for each");
            }
            return ToShape(input.Shape[input.Shape.Count == 1 ? 0 : top].Dim);
        }
        if (parameter.MemoryDataParam is { } memory)
        {
            long[] pictures = [memory.BatchSize, memory.Channels, memory.Height, memory.Width];
            return ToShape(top == 0 ? pictures : pictures[..1]);
        }
        return null;
    }

    public override void Reshape(Blob<T>[] bottoms, Blob<T>[] tops)
    {
    }

    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops)
    {
    }

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown)
    {
    }

    private Shape ToShape(IEnumerable<long> extents)
    {
        try
        {
            return new Shape(extents.ToArray());
        }
        catch (ArgumentException e)
        {
            throw Definition.Error(e.Message, e);
        }
    }
}
