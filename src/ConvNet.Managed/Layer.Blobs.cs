using ConvNet.Interop;

namespace ConvNet;

/// <content>Passes over one blob.</content>
public abstract unsafe partial class Layer<T>
{
    /// <summary>Computes a top from a bottom. Reshapes the layer and the top when they do not fit.</summary>
    /// <param name="bottom">Its values are read.</param>
    /// <param name="top">Its values are overwritten.</param>
    /// <exception cref="ArgumentException">The shape is impossible, a blob is on another device, or the top is also the
    /// bottom or a parameter of the layer.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the layer, or the top is a parameter of another
    /// layer and cannot be reshaped.</exception>
    /// <exception cref="ObjectDisposedException">The layer or a blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Forward(Blob<T> bottom, Blob<T> top)
    {
        ArgumentNullException.ThrowIfNull(bottom);
        ArgumentNullException.ThrowIfNull(top);
        BlobStorage source = Here(bottom, nameof(bottom));
        BlobStorage destination = Here(top, nameof(top));
        CheckDistinct(source, nameof(bottom), destination, nameof(top));
        CheckNotParameter(destination, nameof(top));
        FitTo(source.Shape);
        if (!ReferenceEquals(destination.Shape, _topShape))
        {
            top.Reshape(_topShape!);
        }

        bool bottomHeld = false;
        bool topHeld = false;
        try
        {
            bottom.Hold(ref bottomHeld);
            top.Hold(ref topHeld);
            Forward((T*)source.Data, (T*)destination.MutableData(top.Handle), ArgumentStyle.OneBlob);
        }
        finally
        {
            LetGo(top, topHeld);
            LetGo(bottom, bottomHeld);
        }
    }

    /// <summary>Computes gradients, that of the bottom included; as the other overload.</summary>
    /// <param name="top">Its gradients are read; where the layer has an activation also its values, as forward left
    /// them.</param>
    /// <param name="bottom">Its values, as forward had them, are read; its gradients are overwritten.</param>
    /// <exception cref="ArgumentException">A shape or a device is not the layer's, or both are the same blob.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, or another thread uses the
    /// layer.</exception>
    /// <exception cref="ObjectDisposedException">The layer or a blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(Blob<T> top, Blob<T> bottom) => Backward(top, bottom, propagateDown: true);

    /// <summary>
    /// Computes gradients from those of the top. The gradient of the bottom is overwritten; those of the parameters are
    /// added to the gradients of <see cref="Parameters"/> until <see cref="ClearGradients"/>.
    /// </summary>
    /// <param name="top">Its gradients are read; where the layer has an activation also its values, as forward left
    /// them.</param>
    /// <param name="bottom">Its values, as forward had them, are read; its gradients are overwritten.</param>
    /// <param name="propagateDown">False to leave the gradient of the bottom alone.</param>
    /// <exception cref="ArgumentException">A shape or a device is not the layer's, or both are the same blob.</exception>
    /// <exception cref="InvalidOperationException">There was no <see cref="Reshape"/> yet, or another thread uses the
    /// layer.</exception>
    /// <exception cref="ObjectDisposedException">The layer or a blob was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory, or the device's limit, is exhausted.</exception>
    public void Backward(Blob<T> top, Blob<T> bottom, bool propagateDown)
    {
        ArgumentNullException.ThrowIfNull(top);
        ArgumentNullException.ThrowIfNull(bottom);
        Shape bottomShape = ReshapedBottom();
        BlobStorage above = Here(top, nameof(top));
        BlobStorage below = Here(bottom, nameof(bottom));
        CheckDistinct(above, nameof(top), below, nameof(bottom));
        Check.HasShape(above.Shape, _topShape!, nameof(top));
        Check.HasShape(below.Shape, bottomShape, nameof(bottom));

        bool topHeld = false;
        bool bottomHeld = false;
        try
        {
            top.Hold(ref topHeld);
            bottom.Hold(ref bottomHeld);
            T* bottomDiff = propagateDown ? (T*)below.Diff(bottom.Handle) : null;
            Backward(
                (T*)above.Data, (T*)above.Diff(top.Handle), (T*)below.Data, bottomDiff, ArgumentStyle.OneBlob);
        }
        finally
        {
            LetGo(bottom, bottomHeld);
            LetGo(top, topHeld);
        }
    }

    private static void LetGo(Blob<T> blob, bool held)
    {
        if (held)
        {
            blob.LetGo();
        }
    }

    /// <summary>A pass reads one blob while it writes the other.</summary>
    private void CheckDistinct(BlobStorage first, string firstName, BlobStorage second, string secondName)
    {
        if (ReferenceEquals(first, second) && !MayWriteInPlace)
        {
            throw new ArgumentException(
                $"{secondName} is the same blob as {firstName}; what is written must not share memory with what is read.",
                secondName);
        }
    }

    /// <summary>A top must not be a parameter of this layer; another layer's may be.</summary>
    private void CheckNotParameter(BlobStorage top, string name)
    {
        foreach (BlobStorage? parameter in _storages)
        {
            if (ReferenceEquals(parameter, top))
            {
                throw new ArgumentException($"{name} is a parameter of the layer, which the pass reads.", name);
            }
        }
    }

    private void Forward(T* bottom, T* top, ArgumentStyle style)
    {
        fixed (long* bottomExtents = _bottomShape!.Extents, topExtents = _topShape!.Extents)
        {
            cn_tensor source = Tensor(bottom, bottomExtents, _bottomShape.Rank);
            cn_tensor destination = Tensor(top, topExtents, _topShape.Rank);
            NativeStatus.ThrowIfFailed(
                NativeMethods.cn_layer_forward(_handle, &source, 1, &destination, 1), style);
        }
    }

    private void Backward(T* top, T* topDiff, T* bottom, T* bottomDiff, ArgumentStyle style)
    {
        fixed (long* bottomExtents = _bottomShape!.Extents, topExtents = _topShape!.Extents)
        {
            cn_tensor values = Tensor(top, topExtents, _topShape.Rank);
            cn_tensor above = Tensor(topDiff, topExtents, _topShape.Rank);
            cn_tensor below = Tensor(bottom, bottomExtents, _bottomShape.Rank);
            cn_tensor gradient = Tensor(bottomDiff, bottomExtents, _bottomShape.Rank);
            byte propagate = bottomDiff == null ? (byte)0 : (byte)1;
            int status = NativeMethods.cn_layer_backward_from_tops(
                _handle, HasActivation ? &values : null, &above, 1, &below, 1, propagate == 0 ? null : &gradient,
                &propagate);
            NativeStatus.ThrowIfFailed(status, style);
        }
    }

    /// <summary>Of those who give only gradients of the top.</summary>
    private void CheckNoActivation()
    {
        if (HasActivation)
        {
            throw new InvalidOperationException(
                "The layer has an activation, whose gradient the values of the top tell; use the overload of Backward that takes them, too.");
        }
    }
}
