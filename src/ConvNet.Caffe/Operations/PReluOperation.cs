using System.Numerics;
using System.Numerics.Tensors;
using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe.Operations;

/// <summary>
/// Rectifier whose slope is learned: one for each channel (axis 1), or one for all.
/// </summary>
/// <remarks>The gradient of a slope is the sum of top gradient * x over all x that are not above 0.</remarks>
internal sealed class PReluOperation<T> : Operation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly FillerParameter DefaultFiller = new() { Type = "constant", Value = 0.25f };

    private readonly Device _device;
    private readonly Filler _filler;
    private readonly bool _shared;
    private Blob<T>? _slopes;
    private bool _ownsSlopes;
    private bool _frozen;

    public PReluOperation(OperationContext context)
        : base(context.Definition)
    {
        _device = context.Device;
        _shared = context.Parameter.PreluParam?.ChannelShared ?? false;
        _filler = context.Fillers.Create(context.Definition, context.Parameter.PreluParam?.Filler ?? DefaultFiller);
    }

    public override int ParameterCount => 1;

    public override IReadOnlyList<Blob<T>> Parameters => _slopes is null ? [] : [_slopes];

    public override void SetParameter(int index, Blob<T> blob)
    {
        DisposeOwnSlopes();
        _slopes = blob;
    }

    public override void Freeze(int index) => _frozen = true;

    public override void Reshape(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        var shape = bottoms[0].Shape;
        if (shape.Rank < 2)
        {
            throw Definition.Error(
                $"its bottom '{Definition.Parameter.Bottom[0]}' is {shape}; PReLU needs two axes or more, channels "
                + "being axis 1");
        }
        Shape wanted = _shared ? Shape.Scalar : [shape[1]];
        if (_slopes is null)
        {
            _slopes = new Blob<T>(_device, wanted);
            _slopes.Fill(_filler);
            _ownsSlopes = true;
        }
        else if (_slopes.Count != wanted.Count)
        {
            throw Definition.Error($"it has {_slopes.Count} slopes, but '{Definition.Parameter.Bottom[0]}' is {shape}");
        }
        tops[0].Reshape(shape);
    }

    public override void Forward(Blob<T>[] bottoms, Blob<T>[] tops)
    {
        var x = bottoms[0].Data;
        var y = tops[0].MutableData;
        var slopes = _slopes!.Data;
        var plane = PlaneLength(bottoms[0].Shape);
        for (int start = 0, channel = 0; start < x.Length; start += plane, channel++)
        {
            var piece = x.Slice(start, plane);
            Rectifier.Run(piece, piece, y.Slice(start, plane), slopes[channel % slopes.Length]);
        }
    }

    public override void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown)
    {
        var x = bottoms[0].Data;
        var topDiff = tops[0].Diff;
        var plane = PlaneLength(bottoms[0].Shape);
        if (!_frozen)
        {
            AddSlopeGradients(x, topDiff, plane);
        }
        if (!propagateDown[0])
        {
            return;
        }
        var diff = bottoms[0].MutableDiff;
        var slopes = _slopes!.Data;
        for (int start = 0, channel = 0; start < x.Length; start += plane, channel++)
        {
            Rectifier.Run(
                x.Slice(start, plane),
                topDiff.Slice(start, plane),
                diff.Slice(start, plane),
                slopes[channel % slopes.Length]);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            DisposeOwnSlopes();
        }
        base.Dispose(disposing);
    }

    private static int PlaneLength(Shape shape) => (int)(shape.Count / (shape[0] * shape[1]));

    private void AddSlopeGradients(ReadOnlySpan<T> x, ReadOnlySpan<T> topDiff, int plane)
    {
        var gradients = _slopes!.MutableDiff;
        var negative = new T[plane];
        for (int start = 0, channel = 0; start < x.Length; start += plane, channel++)
        {
            TensorPrimitives.Min(x.Slice(start, plane), T.Zero, negative);
            gradients[channel % gradients.Length] += TensorPrimitives.Dot<T>(topDiff.Slice(start, plane), negative);
        }
    }

    private void DisposeOwnSlopes()
    {
        if (_ownsSlopes)
        {
            _slopes?.Dispose();
            _ownsSlopes = false;
        }
    }
}
