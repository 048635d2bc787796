using System.Numerics;
using ConvNet.Caffe.Graph;
using ConvNet.Caffe.Operations;
using ConvNet.Caffe.Proto;

namespace ConvNet.Caffe;

/// <summary>A layer of a net, between its bottoms and its tops.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class NetLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Blob<T>[] _bottoms = [];
    private Blob<T>[] _tops = [];

    internal NetLayer(Operation<T> operation, NetBlob<T>[] bottoms, NetBlob<T>[] tops, IReadOnlyList<ParamSpec> specs)
    {
        Operation = operation;
        BottomBlobs = bottoms;
        TopBlobs = tops;
        Specs = specs;
        PropagateDown = new bool[bottoms.Length];
    }

    /// <summary>Its name; several layers may bear one.</summary>
    public string Name => Operation.Definition.Name;

    /// <summary>Its type, for example "Convolution".</summary>
    public string Type => Operation.Definition.Parameter.Type;

    /// <summary>What it reads.</summary>
    public IReadOnlyList<Blob<T>> Bottoms => _bottoms;

    /// <summary>What it makes. A layer that works in place may have its bottom as its top.</summary>
    public IReadOnlyList<Blob<T>> Tops => _tops;

    /// <summary>Names of the bottoms.</summary>
    public IReadOnlyList<string> BottomNames => [.. BottomBlobs.Select(blob => blob.Name)];

    /// <summary>Names of the tops.</summary>
    public IReadOnlyList<string> TopNames => [.. TopBlobs.Select(blob => blob.Name)];

    /// <summary>Its parameters: of a convolution the weights, then the bias.</summary>
    public IReadOnlyList<Blob<T>> Parameters => Operation.Parameters;

    /// <summary>For each parameter, what the learning rate is multiplied by; 0 for a frozen one.</summary>
    public IReadOnlyList<float> LearningRateMultipliers => [.. Specs.Select(spec => spec.LrMult)];

    /// <summary>For each parameter, what the weight decay is multiplied by.</summary>
    public IReadOnlyList<float> DecayMultipliers => [.. Specs.Select(spec => spec.DecayMult)];

    /// <summary>Engine and algorithms of a convolution or deconvolution; null for other layers.</summary>
    public LayerPlan? Plan => Operation.Plan;

    internal Operation<T> Operation { get; }

    internal NetBlob<T>[] BottomBlobs { get; }

    internal NetBlob<T>[] TopBlobs { get; }

    internal IReadOnlyList<ParamSpec> Specs { get; }

    /// <summary>Which bottoms get a gradient.</summary>
    internal bool[] PropagateDown { get; }

    /// <summary>Whether backward has anything to do.</summary>
    internal bool NeedsBackward { get; set; }

    /// <summary>Whether a parameter learns.</summary>
    internal bool Learns => Specs.Any(spec => spec.LrMult != 0);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Type})";

    /// <summary>
    /// Takes the memory of the blobs, which exist by now. A blob that is read twice gets two gradients and needs a second
    /// place for one, so the second reading is of a copy.
    /// </summary>
    internal void Attach(Device device)
    {
        _tops = [.. TopBlobs.Select(blob => blob.Blob)];
        _bottoms = [.. BottomBlobs.Select(blob => blob.Blob)];
        for (var i = 1; i < _bottoms.Length; i++)
        {
            if (Array.IndexOf(BottomBlobs, BottomBlobs[i]) < i)
            {
                _bottoms[i] = new Blob<T>(device, _bottoms[i].Shape);
            }
        }
    }

    internal void Reshape() => Guard(() =>
    {
        foreach (var (copy, blob) in Copies())
        {
            copy.Reshape(blob.Shape);
        }
        Operation.Reshape(_bottoms, _tops);
    });

    internal void Forward() => Guard(() =>
    {
        foreach (var (copy, blob) in Copies())
        {
            copy.CopyFrom(blob.Data);
        }
        Operation.Forward(_bottoms, _tops);
    });

    internal void Backward() => Guard(() =>
    {
        Operation.Backward(_tops, _bottoms, PropagateDown);
        for (var i = 0; i < _bottoms.Length; i++)
        {
            if (PropagateDown[i])
            {
                BottomBlobs[i].AddGradient(_bottoms[i]);
            }
        }
    });

    internal void Dispose()
    {
        foreach (var (copy, _) in Copies())
        {
            copy.Dispose();
        }
        Operation.Dispose();
    }

    private IEnumerable<(Blob<T> Copy, Blob<T> Original)> Copies() => _bottoms
        .Zip(BottomBlobs, (memory, blob) => (memory, blob.Blob))
        .Where(pair => !ReferenceEquals(pair.memory, pair.Blob));

    /// <summary>Whatever the core finds wrong is said with the name and the place of the layer.</summary>
    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Operation.Definition.Error(e.Message, e);
        }
    }
}
