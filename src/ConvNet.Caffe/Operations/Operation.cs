using System.Numerics;
using ConvNet.Caffe.Graph;

namespace ConvNet.Caffe.Operations;

/// <summary>
/// What one type of layer computes. A net gives it the blobs; the operation gives the tops their shapes and values,
/// and the bottoms their gradients.
/// </summary>
/// <param name="definition">The layer as the net describes it.</param>
internal abstract class Operation<T>(LayerDefinition definition) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The layer as the net describes it.</summary>
    public LayerDefinition Definition => definition;

    /// <summary>The least and the greatest number of bottoms.</summary>
    public virtual (int Min, int Max) BottomCount => (1, 1);

    /// <summary>The least and the greatest number of tops.</summary>
    public virtual (int Min, int Max) TopCount => (1, 1);

    /// <summary>Whether there are as many tops as bottoms, each made of one.</summary>
    public virtual bool IsPairwise => false;

    /// <summary>Whether a top may use the memory of its bottom, forward and backward.</summary>
    public virtual bool CanWorkInPlace => false;

    /// <summary>Whether backward reads the values of the tops, so that nobody may have overwritten them.</summary>
    public virtual bool BackwardReadsTops => false;

    /// <summary>Whether the top is a loss, which counts unless its <c>loss_weight</c> is 0.</summary>
    public virtual bool IsLoss => false;

    /// <summary>Whether the tops are given by the caller.</summary>
    public virtual bool IsInput => false;

    /// <summary>How many parameters there are, known before any shape.</summary>
    public virtual int ParameterCount => 0;

    /// <summary>The parameters, once the operation has been given shapes.</summary>
    public virtual IReadOnlyList<Blob<T>> Parameters => [];

    /// <summary>Weights that must differ from one another to learn different things, or null.</summary>
    public virtual Blob<T>? Filters => null;

    /// <summary>Engine and algorithms, of operations that have a choice.</summary>
    public virtual LayerPlan? Plan => null;

    /// <summary>Whether a gradient for this bottom exists.</summary>
    public virtual bool CanPropagateTo(int bottom) => true;

    /// <summary>The shape that the description gives an input, or null.</summary>
    public virtual Shape? DeclaredShape(int top) => null;

    /// <summary>Checks the shapes of the bottoms and gives the tops theirs; the first time, makes the parameters.</summary>
    public abstract void Reshape(Blob<T>[] bottoms, Blob<T>[] tops);

    /// <summary>Computes the tops.</summary>
    public abstract void Forward(Blob<T>[] bottoms, Blob<T>[] tops);

    /// <summary>Overwrites the gradients of the bottoms that are marked, and adds to those of the parameters.</summary>
    public abstract void Backward(Blob<T>[] tops, Blob<T>[] bottoms, bool[] propagateDown);

    /// <summary>Uses another layer's blob as a parameter.</summary>
    public virtual void SetParameter(int index, Blob<T> blob) => throw new NotSupportedException();

    /// <summary>Says that nobody wants the gradient of a parameter.</summary>
    public virtual void Freeze(int index)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives native memory back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
