using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ConvNet.Interop;

namespace ConvNet;

/// <content>Passes over tensor spans, which carry their shape.</content>
public abstract unsafe partial class Layer<T>
{
    /// <summary>
    /// Computes a top from a bottom in the caller's memory, which is pinned, not copied. Reshapes the layer when it does
    /// not fit.
    /// </summary>
    /// <param name="bottom">A dense tensor span.</param>
    /// <param name="top">A dense tensor span of the shape that results; overwritten.</param>
    /// <exception cref="ArgumentException">A tensor span is not dense, a shape is wrong, or they overlap.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the layer, or it computes on a GPU.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Forward(in ReadOnlyTensorSpan<T> bottom, in TensorSpan<T> top)
    {
        ThrowIfDisposed();
        CheckHost();
        Check.Dense(bottom, nameof(bottom));
        Check.Dense(top.AsReadOnlyTensorSpan(), nameof(top));
        if (_bottomShape is null || !Check.IsShape(bottom.Lengths, _bottomShape))
        {
            Reshape(Shape.OfTensor(bottom.Lengths, nameof(bottom)));
        }

        CheckTensor(bottom, _bottomShape!, nameof(bottom));
        CheckTensor(top.AsReadOnlyTensorSpan(), _topShape!, nameof(top));
        fixed (T* source = &TensorMarshal.GetReference(bottom), destination = &TensorMarshal.GetReference(top))
        {
            Forward(source, destination, ArgumentStyle.Spans);
        }
    }

    /// <summary>
    /// Computes gradients in the caller's memory, which is pinned, not copied. The gradients of the parameters are added
    /// to those of <see cref="Parameters"/>. For layers without an activation.
    /// </summary>
    /// <param name="topDiff">The gradients of the top, a dense tensor span of <see cref="TopShape"/>.</param>
    /// <param name="bottom">The values of the bottom, a dense tensor span of <see cref="BottomShape"/>.</param>
    /// <param name="bottomDiff">A dense tensor span of <see cref="BottomShape"/>, overwritten by the gradients of the
    /// bottom; empty when they are not wanted.</param>
    /// <exception cref="ArgumentException">A tensor span is not dense, a shape is wrong, or
    /// <paramref name="bottomDiff"/> overlaps another.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, another thread uses the
    /// layer, it computes on a GPU, or it has an activation.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(in ReadOnlyTensorSpan<T> topDiff, in ReadOnlyTensorSpan<T> bottom, in TensorSpan<T> bottomDiff)
    {
        CheckNoActivation();
        Backward(default, topDiff, bottom, bottomDiff);
    }

    /// <summary>
    /// Computes gradients in the caller's memory; as the overload without a top, and for layers with an activation, too.
    /// </summary>
    /// <param name="top">The values of the top as forward left them, a dense tensor span of <see cref="TopShape"/>; empty
    /// where the layer has no activation.</param>
    /// <param name="topDiff">The gradients of the top, a dense tensor span of <see cref="TopShape"/>.</param>
    /// <param name="bottom">The values of the bottom, a dense tensor span of <see cref="BottomShape"/>.</param>
    /// <param name="bottomDiff">A dense tensor span of <see cref="BottomShape"/>, overwritten by the gradients of the
    /// bottom; empty when they are not wanted.</param>
    /// <exception cref="ArgumentException">A tensor span is not dense, a shape is wrong, or
    /// <paramref name="bottomDiff"/> overlaps another.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, another thread uses the
    /// layer, or it computes on a GPU.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(
        in ReadOnlyTensorSpan<T> top, in ReadOnlyTensorSpan<T> topDiff, in ReadOnlyTensorSpan<T> bottom,
        in TensorSpan<T> bottomDiff)
    {
        Shape shape = ReshapedBottom();
        CheckHost();
        if (HasActivation || !top.IsEmpty)
        {
            Check.Dense(top, nameof(top));
            CheckTensor(top, _topShape!, nameof(top));
        }

        Check.Dense(topDiff, nameof(topDiff));
        Check.Dense(bottom, nameof(bottom));
        CheckTensor(topDiff, _topShape!, nameof(topDiff));
        CheckTensor(bottom, shape, nameof(bottom));
        if (!bottomDiff.IsEmpty)
        {
            Check.Dense(bottomDiff.AsReadOnlyTensorSpan(), nameof(bottomDiff));
            CheckTensor(bottomDiff.AsReadOnlyTensorSpan(), shape, nameof(bottomDiff));
        }

        fixed (T* values = &TensorMarshal.GetReference(top))
        fixed (T* above = &TensorMarshal.GetReference(topDiff), below = &TensorMarshal.GetReference(bottom))
        fixed (T* gradient = &TensorMarshal.GetReference(bottomDiff))
        {
            Backward(values, above, below, bottomDiff.IsEmpty ? null : gradient, ArgumentStyle.Spans);
        }
    }

    private static void CheckTensor(in ReadOnlyTensorSpan<T> tensor, Shape shape, string name)
    {
        Check.HasShape(tensor.Lengths, shape, name);
        Check.Length(tensor.FlattenedLength, shape, name);
    }
}
