using System.Numerics;
using System.Numerics.Tensors;

namespace ConvNet.Caffe.Graph;

/// <summary>
/// One value that flows through a net: what one layer (or the caller) makes and others read. A name may stand for
/// several in turn, where layers work in place.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="producer">The index of the layer that makes it; -1 for an input that no layer declares.</param>
internal sealed class NetBlob<T>(string name, int producer) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Blob<T>? _blob;
    private T[] _sum = [];
    private int _arrived;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>The index of the layer that makes it; -1 for an input that no layer declares.</summary>
    public int Producer => producer;

    /// <summary>Whether the caller gives its values.</summary>
    public bool IsInput { get; init; }

    /// <summary>Indices of the layers that read it, in the order in which they run.</summary>
    public List<int> Consumers { get; } = [];

    /// <summary>What its values weigh in the loss of the net; 0 for nothing.</summary>
    public T LossWeight { get; set; }

    /// <summary>How many gradients are added up before its maker runs backward.</summary>
    public int ExpectedGradients { get; set; }

    /// <summary>Memory of values and gradients; shared with the blob that it replaces in place.</summary>
    public Blob<T> Blob
    {
        get => _blob ?? throw new InvalidOperationException($"The blob '{name}' has no memory yet.");
        set => _blob = value;
    }

    /// <summary>Before a backward pass: nothing has arrived, except what the loss itself gives.</summary>
    public void BeginBackward()
    {
        _arrived = 0;
        if (LossWeight != T.Zero)
        {
            Blob.MutableDiff.Fill(LossWeight);
            AddGradient(Blob);
        }
    }

    /// <summary>
    /// Takes the gradient of one reader, which has just been written. Layers overwrite gradients, so those of several
    /// readers are summed here; the last one leaves the sum in the blob.
    /// </summary>
    /// <param name="source">The blob whose gradient it is: this one's, or a copy of it.</param>
    public void AddGradient(Blob<T> source)
    {
        _arrived++;
        var diff = source.Diff;
        if (ExpectedGradients == 1)
        {
            if (!ReferenceEquals(source, Blob))
            {
                diff.CopyTo(Blob.MutableDiff);
            }
            return;
        }
        if (_arrived == 1)
        {
            if (_sum.Length != diff.Length)
            {
                _sum = new T[diff.Length];
            }
            diff.CopyTo(_sum);
            return;
        }
        TensorPrimitives.Add(_sum, diff, _sum);
        if (_arrived == ExpectedGradients)
        {
            _sum.CopyTo(Blob.MutableDiff);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _blob?.Dispose();
}
