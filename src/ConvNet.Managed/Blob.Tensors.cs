using System.Numerics.Tensors;

namespace ConvNet;

/// <content>The blob seen as tensor spans.</content>
public sealed unsafe partial class Blob<T>
{
    /// <summary>The values, for reading, in their shape. Valid as long as <see cref="Data"/> would be.</summary>
    /// <returns>A dense tensor span. That of a blob of rank 0 has rank 1 and length 1, as tensor spans have elements
    /// only along axes.</returns>
    /// <exception cref="InvalidOperationException">The values are on a GPU.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public ReadOnlyTensorSpan<T> AsTensorSpan() => Tensor(OnHost().Data);

    /// <summary>The values, for writing, in their shape. Valid as long as <see cref="MutableData"/> would be.</summary>
    /// <returns>A dense tensor span. That of a blob of rank 0 has rank 1 and length 1, as tensor spans have elements
    /// only along axes.</returns>
    /// <exception cref="InvalidOperationException">The values are on a GPU.</exception>
    /// <exception cref="ObjectDisposedException">The blob was disposed.</exception>
    public TensorSpan<T> AsMutableTensorSpan() => Tensor(OnHost().MutableData(_handle));

    private TensorSpan<T> Tensor(void* start)
    {
        Shape shape = _storage.Shape;
        Span<nint> lengths = stackalloc nint[Math.Max(shape.Rank, 1)];
        lengths[0] = 1;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            lengths[axis] = (nint)shape[axis];
        }

        return new TensorSpan<T>((T*)start, (nint)shape.Count, lengths);
    }
}
