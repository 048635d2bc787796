using ConvNet.Interop;

namespace ConvNet;

/// <content>Passes over spans, whose shape is the layer's.</content>
public abstract unsafe partial class Layer<T>
{
    /// <summary>Computes a top from a bottom in the caller's memory, which is pinned, not copied.</summary>
    /// <param name="bottom">As many values as <see cref="BottomShape"/> has.</param>
    /// <param name="top">Room for as many values as <see cref="TopShape"/> has; overwritten.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the spans overlap.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, another thread uses the
    /// layer, or it computes on a GPU.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Forward(ReadOnlySpan<T> bottom, Span<T> top)
    {
        Check.Length(bottom.Length, ReshapedBottom(), nameof(bottom));
        CheckHost();
        Check.Length(top.Length, _topShape!, nameof(top));
        fixed (T* source = bottom, destination = top)
        {
            Forward(source, destination, ArgumentStyle.Spans);
        }
    }

    /// <summary>
    /// Computes gradients in the caller's memory, which is pinned, not copied. The gradients of the parameters are added
    /// to those of <see cref="Parameters"/>. For layers without an activation.
    /// </summary>
    /// <param name="topDiff">The gradients of the top, as many as <see cref="TopShape"/> has.</param>
    /// <param name="bottom">The values of the bottom, as many as <see cref="BottomShape"/> has.</param>
    /// <param name="bottomDiff">Overwritten by the gradients of the bottom; empty when they are not wanted.</param>
    /// <exception cref="ArgumentException">A length is wrong, or <paramref name="bottomDiff"/> overlaps another span.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, another thread uses the
    /// layer, it computes on a GPU, or it has an activation.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(ReadOnlySpan<T> topDiff, ReadOnlySpan<T> bottom, Span<T> bottomDiff)
    {
        CheckNoActivation();
        Backward(default, topDiff, bottom, bottomDiff);
    }

    /// <summary>
    /// Computes gradients in the caller's memory; as the overload without a top, and for layers with an activation, too.
    /// </summary>
    /// <param name="top">The values of the top as forward left them, as many as <see cref="TopShape"/> has; empty where the
    /// layer has no activation.</param>
    /// <param name="topDiff">The gradients of the top, as many as <see cref="TopShape"/> has.</param>
    /// <param name="bottom">The values of the bottom, as many as <see cref="BottomShape"/> has.</param>
    /// <param name="bottomDiff">Overwritten by the gradients of the bottom; empty when they are not wanted.</param>
    /// <exception cref="ArgumentException">A length is wrong, or <paramref name="bottomDiff"/> overlaps another span.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, another thread uses the
    /// layer, or it computes on a GPU.</exception>
    /// <exception cref="ObjectDisposedException">The layer was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(
        ReadOnlySpan<T> top, ReadOnlySpan<T> topDiff, ReadOnlySpan<T> bottom, Span<T> bottomDiff)
    {
        Shape shape = ReshapedBottom();
        CheckHost();
        if (HasActivation || !top.IsEmpty)
        {
            Check.Length(top.Length, _topShape!, nameof(top));
        }

        Check.Length(topDiff.Length, _topShape!, nameof(topDiff));
        Check.Length(bottom.Length, shape, nameof(bottom));
        if (!bottomDiff.IsEmpty)
        {
            Check.Length(bottomDiff.Length, shape, nameof(bottomDiff));
        }

        fixed (T* values = top, above = topDiff, below = bottom, gradient = bottomDiff)
        {
            Backward(values, above, below, gradient, ArgumentStyle.Spans);
        }
    }
}
