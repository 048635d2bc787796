using System.Numerics;
using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Operations;

/// <summary>
/// Adds a bias of shape bottom[axis .. axis + num_axes), repeated along the other axes: a parameter, or the values of a
/// second bottom, whose shape then says how many axes it spans.
/// </summary>
internal sealed class BiasOperation<T> : Operation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BiasParameter _parameter;
    private readonly Device _device;
    private readonly Filler _filler;
    private readonly bool _fromBottom;
    private BiasLayer<T>? _layer;
    private Blob<T>? _givenBias;

    public BiasOperation(OperationContext context)
        : base(context.Definition)
    {
        _parameter = context.Parameter.BiasParam ?? new BiasParameter();
        _device = context.Device;
        _filler = context.Fillers.Create(context.Definition, _parameter.Filler);
        _fromBottom = context.Parameter.Bottom.Count == 2;
    }

    public override (int Min, int Max) BottomCount => (1, 2);

    public override bool CanWorkInPlace => true;

    public override int ParameterCount => _fromBottom ? 0 : 1;

    public override IReadOnlyList<Blob<T>> Parameters => _fromBottom || _layer is null ? [] : _layer.Parameters;

    public override void SetParameter(int index, Blob<T> blob) => _layer!.SetParameter(index, blob);

    public override void Freeze(int index) => _layer!.SetParamPropagateDown(index, false);

    public override void Reshape(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        if (_fromBottom)
        {
            ReshapeGivenBias(bottoms[1].Shape);
        }
        var first = _layer is null;
        _layer ??= new BiasLayer<T>(_device, _parameter.Axis, _parameter.NumAxes);
        _layer.Reshape(bottoms[0].Shape);
        if (first)
        {
            _layer.Parameters[0].Fill(_filler);
        }
        tops[0].Reshape(bottoms[0].Shape);
    }

    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        if (_fromBottom)
        {
            bottoms[1].Data.CopyTo(_givenBias!.MutableData);
        }
        _layer!.Forward(bottoms[0], tops[0]);
    }

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown)
    {
        if (_fromBottom)
        {
            _givenBias!.ClearDiff();
        }
        _layer!.Backward(tops[0], bottoms[0], propagateDown[0]);
        if (_fromBottom && propagateDown[1])
        {
            _givenBias!.Diff.CopyTo(bottoms[1].MutableDiff);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _layer?.Dispose();
            _givenBias?.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>The core's layer keeps the bias as a parameter; a bias of another shape needs another layer.</summary>
    private void ReshapeGivenBias(Shape shape)
    {
        if (_givenBias is not null && _givenBias.Shape == shape)
        {
            return;
        }
        _layer?.Dispose();
        _givenBias?.Dispose();
        _givenBias = new Blob<T>(_device, shape);
        _layer = new BiasLayer<T>(_device, _parameter.Axis, shape.Rank);
        _layer.SetParameter(0, _givenBias);
    }
}
